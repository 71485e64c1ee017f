"""Turns of others become messages in an order that our grammar allows, or a reason."""

import pytest

from mypt.conversation.episode import AssistantMessage, ToolCallMessage, ToolResultMessage, UserMessage
from mypt.sft.imports.rejection import Rejected
from mypt.sft.imports.turns import CUT, JOINED, Call, Turn, clean, messages_of, without_thought

HELLO, HI = Turn("user", "Hello"), Turn("assistant", "Hi")
BERN, BASEL = Call("weather", {"city": "Bern"}, "1"), Call("weather", {"city": "Basel"}, "2")


def test_system_texts_are_kept_and_roles_mapped() -> None:
    assert messages_of([Turn("system", "Be brief."), HELLO, HI]) == (
        "Be brief.", (UserMessage(content="Hello"), AssistantMessage(content="Hi")), frozenset(),
    )  # fmt: skip


def test_turns_of_one_speaker_are_joined() -> None:
    _, messages, changed = messages_of([HELLO, Turn("user", "You there?"), HI, Turn("assistant", "Yes.")])

    assert messages == (UserMessage(content="Hello\n\nYou there?"), AssistantMessage(content="Hi\n\nYes."))
    assert changed == {JOINED}


@pytest.mark.parametrize("open_end", [[HELLO], [HELLO, Turn("assistant", calls=(BERN,))]])
def test_an_open_end_is_cut_back_to_the_last_answer(open_end: list[Turn]) -> None:
    _, messages, changed = messages_of([HELLO, HI, *open_end])

    assert messages == (UserMessage(content="Hello"), AssistantMessage(content="Hi"))
    assert changed == {CUT}


def test_results_follow_their_own_calls_whatever_their_order() -> None:
    turns = [HELLO, Turn("assistant", "Let me look.", calls=(BERN, BASEL)),
             Turn("tool", result=2, call_id="2"), Turn("tool", result=1, call_id="1"), HI]  # fmt: skip

    _, messages, _ = messages_of(turns)

    assert messages[1:5] == (
        ToolCallMessage(name="weather", arguments={"city": "Basel"}, think="Let me look."),
        ToolResultMessage(name="weather", content=2),
        ToolCallMessage(name="weather", arguments={"city": "Bern"}),
        ToolResultMessage(name="weather", content=1),
    )


def test_passages_are_numbered_through_and_cited_by_the_answer_to_them() -> None:
    turns = [Turn("user", "A?", passages=("a", "b")), HI, Turn("user", "B?", passages=("c",)),
             Turn("assistant", "C.", cite=(0,))]  # fmt: skip

    _, messages, _ = messages_of(turns)

    assert isinstance(messages[2], UserMessage)
    assert [(passage.id, passage.text) for passage in messages[2].context] == [("p3", "c")]
    assert messages[3] == AssistantMessage(content="C.", cite=("p3",))


@pytest.mark.parametrize(
    ("turns", "reason"),
    [
        ([], "no answer"),
        ([HELLO], "no answer"),
        ([HI], "begins with an answer"),
        ([HELLO, HI, Turn("system", "Be brief.")], "a system text in the middle"),
        ([Turn("user")], "an empty question"),
        ([HELLO, Turn("assistant")], "an empty answer"),
        ([HELLO, Turn("tool", result=1)], "a result without a call"),
        ([HELLO, Turn("assistant", calls=(BERN,)), HI], "a call without a result"),
        ([HELLO, Turn("assistant", calls=(BERN,)), Turn("tool", tool="time")], "a result of another tool"),
        ([HELLO, Turn("assistant", calls=(BERN,)), Turn("tool"), HELLO], "a result without an answer"),
        ([HELLO, HI] * 501, "more than 1,000 turns"),
        ([HELLO, Turn("assistant", "Hi", cite=(0,))], "cites a passage that there is not"),
    ],
)  # fmt: skip
def test_what_cannot_be_put_in_order_has_a_reason(turns: list[Turn], reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        messages_of(turns)


def test_texts_are_nfc_and_parts_of_text_are_joined() -> None:
    assert clean("  Gru\u0308n\r\n", "text") == "Grün"
    assert clean([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "content") == "a\nb"
    with pytest.raises(Rejected, match="not Unicode"):
        clean("\ud800", "text")
    with pytest.raises(Rejected, match="wrong type"):
        clean([{"type": "image", "url": "x"}], "content")


def test_a_thought_stands_at_the_beginning_and_has_an_end() -> None:
    assert without_thought("<think> So. </think>\n\nYes.") == ("So.", "Yes.")
    assert without_thought("Write <think> here.") == ("", "Write <think> here.")
    with pytest.raises(Rejected, match="without an end"):
        without_thought("<think>So")
