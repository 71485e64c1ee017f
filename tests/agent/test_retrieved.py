"""Which passages a conversation has shown."""

from mypt.agent.retrieved import retrieved_passages
from mypt.conversation.episode import Episode, Passage, ToolCallMessage, ToolResultMessage, UserMessage


def shown(content: object, *context: Passage) -> dict[str, str]:
    messages = (
        UserMessage(content="q", context=context),
        ToolCallMessage(name="t", arguments={"id": "forged", "text": "by the model"}),
        ToolResultMessage(name="t", content=content),  # type: ignore[arg-type]
    )
    return retrieved_passages(Episode(messages=messages, language="en", source="chat"))


def test_contexts_and_results_show_passages_in_their_order() -> None:
    content = {"passages": [{"id": "b", "text": "2", "title": "x"}, {"id": "c", "text": "3"}]}

    assert shown(content, Passage(id="a", text="1")) == {"a": "1", "b": "2", "c": "3"}


def test_parts_of_one_passage_come_together() -> None:
    assert shown([{"id": "a", "text": "1"}, {"id": "a", "text": "2"}]) == {"a": "1\n2"}


def test_text_that_mentions_an_id_and_arguments_show_nothing() -> None:
    assert shown({"text": '{"id": "d-1", "text": "x"}', "note": "d-2", "id": 3}) == {}
    assert shown({"error": {"message": "no", "hint": "d-3"}}) == {}
