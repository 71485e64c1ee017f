"""A conversation in the making: it says what its split may say, and shows what the tools gave."""

from random import Random

from pydantic import JsonValue

from mypt.conversation.episode import UserMessage
from mypt.sft.generator import Split
from mypt.sft.generators.tool_play import LIST_DOCS, SEARCH, Play, distinct, entries, following, texts
from mypt.sft.phrase_lists import phrase_lists
from tests.sft.generators.tool_plays import answer_of, calls_of, results_of, workspace_in


def new_play(*, split: Split = "train", thinks: bool = True, variant: float = 0.0) -> Play:
    workspace = workspace_in("en")
    return Play(workspace, split, Random(1), workspace.facts[0], thinks=thinks, variant=variant)  # noqa: S311


def test_an_answer_needs_the_passage_to_be_shown() -> None:
    play = new_play()
    play.ask_fact()

    assert not play.answer_fact()
    play.call("workspace.get_doc", "I read it.", doc_id=play.fact.passage.id)
    assert play.answer_fact()
    assert answer_of(play.messages).cite == (play.fact.passage.id,)


def test_a_wrong_call_is_shown_and_neither_thought_over_nor_learned() -> None:
    play = new_play()
    play.ask_fact()

    play.wrong(LIST_DOCS)
    play.search()

    wrong, right = calls_of(play.messages)
    assert (wrong.learn, wrong.think) == (False, None)
    assert right.learn
    assert right.think
    assert results_of(play.messages)[0].content == play.workspace.run(LIST_DOCS, {})


def test_a_tool_that_breaks_is_told_as_the_toolbox_tells_it() -> None:
    play = new_play()
    play.ask_fact()

    play.broken(SEARCH, "I search.", "failed: OSError", query="x")

    (result,) = results_of(play.messages)
    assert result.content == {"error": {"message": "workspace.search failed: OSError"}}
    assert calls_of(play.messages)[0].learn


def test_who_does_not_think_aloud_thinks_nowhere() -> None:
    play = new_play(thinks=False)
    play.ask_fact()

    play.search()
    play.answer("It is so.")

    assert calls_of(play.messages)[0].think is None
    assert answer_of(play.messages).think is None


def test_each_split_has_questions_of_its_own() -> None:
    lists = phrase_lists("tools")
    asked = {name.removesuffix("_train") for name in lists if name.endswith("_train")}

    assert asked == {name.removesuffix("_val") for name in lists if name.endswith("_val")}
    for name in asked:
        for language in ("en", "de"):
            assert not set(lists[f"{name}_train"][language]) & set(lists[f"{name}_val"][language])


def test_the_first_question_names_the_template() -> None:
    play = new_play(split="val")

    said = play.ask("count")

    assert play.messages == [UserMessage(content=said)]
    assert play.template == "count-val-en-0"


def test_a_variant_chooses_the_same_way_each_time() -> None:
    assert [new_play(variant=variant).one_of("abc") for variant in (0.0, 0.34, 0.99)] == ["a", "b", "c"]


def test_results_are_read_without_surprises() -> None:
    result: JsonValue = {"passages": [{"id": "a", "text": "x"}, "no object"], "continues": {"page": 2}}

    assert texts(result, "passages", "id") == ["a"]
    assert entries({"error": {}}, "passages") == []
    assert (following(result), following(None)) == ({"page": 2}, {})
    assert distinct(["b", "a", "b"]) == ["b", "a"]
