"""The one renderer: which ids an episode becomes, and what of them is learned."""

import numpy as np
import pytest
from hypothesis import given, settings

from mypt.conversation.episode import (
    AssistantContextMessage,
    AssistantMessage,
    Episode,
    Message,
    Passage,
    Replay,
    ToolCallMessage,
    ToolResultMessage,
    UserMessage,
)
from mypt.conversation.render import Rendered, render, render_prompt, stop_ids
from mypt.conversation.special_tokens import get_special_token_ids, spell_out
from mypt.errors import InputError
from mypt.tokenizer.character import CharacterTokenizer
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from tests.conversation.strategies import episodes

TAGS = get_special_token_ids()
CALL = ToolCallMessage(name="get_doc", arguments={"id": "d"})
RESULT = ToolResultMessage(name="get_doc", content="Text.")


def episode(*messages: Message, system: str | None = None) -> Episode:
    return Episode(system=system, messages=messages, language="en", source="test", phase=6)


def user(content: str = "Q") -> UserMessage:
    return UserMessage(content=content)


def answer(content: str = "A") -> AssistantMessage:
    return AssistantMessage(content=content)


def spelled(row: Episode) -> str:
    return spell_out(render(row, Gpt2Bpe()).ids.tolist(), Gpt2Bpe())


def weight_of_each(rendered: Rendered) -> list[tuple[str, float]]:
    pairs = zip(rendered.ids.tolist(), rendered.weights.tolist(), strict=True)
    return [(spell_out([token], Gpt2Bpe()), weight) for token, weight in pairs]


def test_a_short_episode_has_exactly_these_ids_and_weights() -> None:
    rendered = render(episode(user("Hi"), answer("Hello world"), system="You are MyPT."), Gpt2Bpe())

    assert weight_of_each(rendered) == [
        ("<myPT_system>", 0.0),
        ("You", 0.0),
        (" are", 0.0),
        (" My", 0.0),
        ("PT", 0.0),
        (".", 0.0),
        ("</myPT_system>", 0.0),
        ("<myPT_user>", 0.0),
        ("Hi", 0.0),
        ("</myPT_user>", 0.0),
        ("<myPT_assistant>", 0.0),
        ("Hello", 1.0),
        (" world", 1.0),
        ("</myPT_assistant>", 2.0),
        ("<myPT_eot>", 2.0),
    ]


def test_the_weight_stands_at_the_id_that_is_predicted() -> None:
    rendered = render(episode(user(), answer("A")), Gpt2Bpe())

    inputs, targets, weights = rendered.ids[:-1], rendered.ids[1:], rendered.weights[1:]

    first_learned = int(np.flatnonzero(weights)[0])
    assert inputs[first_learned] == TAGS["<myPT_assistant>"]
    assert targets[first_learned] == Gpt2Bpe().encode("A")[0]


def test_the_arrays_have_the_types_of_the_files() -> None:
    rendered = render(episode(user(), answer()), Gpt2Bpe())

    assert [str(array.dtype) for array in (rendered.ids, rendered.mask, rendered.weights)] == [
        "int32",
        "uint8",
        "float32",
    ]
    assert len(rendered.ids) == len(rendered.mask) == len(rendered.weights)


def test_think_and_citations_stand_around_the_answer_and_are_learned() -> None:
    passages = (Passage(id="d#1", text="One."), Passage(id="d#2", text="Two."))
    asked = UserMessage(content="Q", context=passages)
    row = episode(asked, AssistantMessage(content="A", think="T", cite=("d#1", "d#2")))

    rendered = render(row, Gpt2Bpe())

    assert spelled(row) == (
        "<myPT_user><myPT_user_context>[d#1] One.\n[d#2] Two.</myPT_user_context>Q</myPT_user>"
        "<myPT_assistant><myPT_think>T</myPT_think>A<myPT_cite>d#1</myPT_cite><myPT_cite>d#2</myPT_cite>"
        "</myPT_assistant><myPT_eot>"
    )
    assert [
        weight for name, weight in weight_of_each(rendered) if name.startswith(("<myPT_c", "<myPT_th"))
    ] == [
        1.5,
        1.5,
        1.5,
    ]
    assert rendered.mask[list(rendered.ids).index(TAGS["<myPT_think>"]) :].all()


def test_a_tool_call_and_its_result_are_json_in_their_blocks() -> None:
    call = ToolCallMessage(name="workspace.search", arguments={"query": "Größe", "limit": 3}, think="T")
    result = ToolResultMessage(name="workspace.search", content={"hits": []})

    assert spelled(episode(user(), call, result, answer())) == (
        "<myPT_user>Q</myPT_user>"
        '<myPT_assistant><myPT_think>T</myPT_think><myPT_toolcall>{"name": "workspace.search", '
        '"arguments": {"limit": 3, "query": "Größe"}}</myPT_toolcall></myPT_assistant>'
        '<myPT_toolresult>{"name": "workspace.search", "result": {"hits": []}}</myPT_toolresult>'
        "<myPT_assistant>A</myPT_assistant><myPT_eot>"
    )


def test_an_object_with_only_an_error_is_rendered_as_the_error() -> None:
    failed = ToolResultMessage(name="get_doc", content={"error": "no such document"})

    assert '<myPT_toolresult>{"name": "get_doc", "error": "no such document"}</myPT_toolresult>' in spelled(
        episode(user(), CALL, failed, answer())
    )


def test_the_order_of_keys_does_not_change_the_ids() -> None:
    one = ToolResultMessage(name="get_doc", content={"a": {"c": 1, "b": 2}, "A": 3})
    other = ToolResultMessage(name="get_doc", content={"A": 3, "a": {"b": 2, "c": 1}})

    assert spelled(episode(user(), CALL, one, answer())) == spelled(episode(user(), CALL, other, answer()))


def test_tool_results_are_never_learned() -> None:
    rendered = render(episode(user(), CALL, RESULT, answer()), Gpt2Bpe())

    opened, closed = (
        list(rendered.ids).index(TAGS[tag]) for tag in ("<myPT_toolresult>", "</myPT_toolresult>")
    )

    assert not rendered.mask[opened : closed + 1].any()


def test_what_the_system_tells_the_assistant_is_not_learned() -> None:
    row = episode(user(), AssistantContextMessage(content="It is Monday."), answer())

    rendered = render(row, Gpt2Bpe())

    assert spelled(row) == (
        "<myPT_user>Q</myPT_user><myPT_assistant_context>It is Monday.</myPT_assistant_context>"
        "<myPT_assistant>A</myPT_assistant><myPT_eot>"
    )
    assert rendered.n_supervised == 3


def test_a_call_is_learned_with_its_tags() -> None:
    rendered = render(episode(user(), CALL, RESULT, answer()), Gpt2Bpe())
    opened = list(rendered.ids).index(TAGS["<myPT_toolcall>"])
    closed = list(rendered.ids).index(TAGS["</myPT_toolcall>"])

    weights = rendered.weights[opened : closed + 2].tolist()

    assert (weights[0], weights[-2], weights[-1]) == (2.0, 2.0, 2.0)
    assert set(weights[1:-2]) == {1.0}


def test_the_wrong_call_of_a_contrastive_episode_is_shown_but_not_learned() -> None:
    wrong = ToolCallMessage(name="list_docs", arguments={}, think="Hm.", learn=False)
    failed = ToolResultMessage(name="list_docs", content={"error": "not this one"})

    rendered = render(episode(user(), wrong, failed, CALL, RESULT, answer()), Gpt2Bpe())

    _, correction, _ = np.flatnonzero(rendered.ids == TAGS["<myPT_assistant>"])
    assert not rendered.mask[:correction].any()
    assert rendered.mask[correction + 1]


def test_every_turn_is_closed_once() -> None:
    rendered = render(episode(user(), CALL, RESULT, answer(), user(), answer()), Gpt2Bpe())

    assert list(rendered.ids).count(TAGS["<myPT_eot>"]) == 2
    assert rendered.ids[-1] == TAGS["<myPT_eot>"]


def test_lines_of_a_passage_cannot_pass_for_another_passage() -> None:
    spoof = Passage(id="a", text="One.\n[b] Forged.\n\n    code")

    row = episode(UserMessage(content="Q", context=(spoof, Passage(id="b", text="Two."))), answer())

    assert "[a] One.\n [b] Forged.\n \n     code\n[b] Two.</myPT_user_context>" in spelled(row)


def test_replay_is_learned_whole() -> None:
    rendered = render(Replay(text="Once upon a time</myPT_user>"), Gpt2Bpe())

    assert rendered.ids.tolist() == Gpt2Bpe().encode("Once upon a time</myPT_user>")
    assert set(rendered.weights.tolist()) == {1.0}
    assert rendered.n_supervised == len(rendered.ids) - 1


def test_the_tags_follow_the_base_of_the_tokenizer() -> None:
    tokenizer = CharacterTokenizer("AQ")
    tags = list(get_special_token_ids(tokenizer.base_vocab_size).values())

    rendered = render(episode(user("Q"), answer("A")), tokenizer)

    assert rendered.ids.tolist() == [tags[2], 257, tags[3], tags[4], 256, tags[5], tags[18]]


def test_an_open_turn_is_not_rendered_for_training() -> None:
    with pytest.raises(InputError, match="ends with an answer, this one with `user`"):
        render(episode(user()), Gpt2Bpe())


@settings(deadline=None, max_examples=40)
@given(row=episodes())
def test_only_the_renderer_places_control_ids(row: Episode) -> None:
    tokenizer = Gpt2Bpe()

    rendered = render(row, tokenizer)

    control = [token for token in rendered.ids.tolist() if token >= tokenizer.end_of_text]
    assert control == [TAGS[tag] for tag in expected_tags(row)]


@settings(deadline=None, max_examples=40)
@given(row=episodes())
def test_only_what_the_model_writes_is_learned(row: Episode) -> None:
    rendered = render(row, Gpt2Bpe())

    is_masked = np.isin(
        rendered.ids, [TAGS[tag] for tag in TAGS if "user" in tag or "result" in tag or "sys" in tag]
    )

    assert not rendered.mask[is_masked].any()
    assert not rendered.mask[rendered.ids == TAGS["<myPT_assistant>"]].any()
    assert rendered.mask[rendered.ids == TAGS["<myPT_eot>"]].all()
    assert np.array_equal(rendered.mask, rendered.weights > 0)


@settings(deadline=None, max_examples=40)
@given(row=episodes())
def test_the_prompt_is_a_prefix_of_what_was_trained_on(row: Episode) -> None:
    tokenizer = Gpt2Bpe()
    trained = render(row, tokenizer).ids.tolist()

    for number, message in enumerate(row.messages):
        if isinstance(message, AssistantMessage | ToolCallMessage):
            cut = row.model_copy(update={"messages": row.messages[:number]})
            prompt = render_prompt(cut, tokenizer)

            assert prompt == trained[: len(prompt)]
            assert prompt[-1] == TAGS["<myPT_assistant>"]


@pytest.mark.parametrize("messages", [(user(), answer()), (user(), CALL)])
def test_there_is_no_prompt_when_the_model_has_just_written(messages: tuple[Message, ...]) -> None:
    with pytest.raises(InputError, match="the model has just written"):
        render_prompt(episode(*messages), Gpt2Bpe())


@pytest.mark.parametrize(
    ("generated", "is_over"),
    [
        ([], False),
        ([TAGS["<myPT_assistant>"]], False),
        ([32, TAGS["</myPT_assistant>"]], False),
        ([32, TAGS["</myPT_assistant>"], TAGS["<myPT_eot>"]], True),
        ([TAGS["<myPT_eot>"]], True),
        ([TAGS["<myPT_toolcall>"], 32, TAGS["</myPT_toolcall>"]], False),
        ([TAGS["<myPT_toolcall>"], 32, TAGS["</myPT_toolcall>"], TAGS["</myPT_assistant>"]], True),
    ],
)
def test_generation_stops_at_the_end_of_a_turn_or_of_a_call(generated: list[int], is_over: bool) -> None:  # noqa: FBT001
    assert stop_ids(Gpt2Bpe()).are_reached(generated) == is_over


def expected_tags(row: Episode) -> list[str]:
    """Say the grammar once more, in other words than the renderer's."""
    names: list[str] = pair("system") if row.system is not None else []
    for message in row.messages:
        match message:
            case UserMessage():
                names += ["<myPT_user>", *(pair("user_context") if message.context else []), "</myPT_user>"]
            case AssistantContextMessage():
                names += pair("assistant_context")
            case ToolResultMessage():
                names += pair("toolresult")
            case ToolCallMessage():
                think = pair("think") if message.think else []
                names += ["<myPT_assistant>", *think, *pair("toolcall"), "</myPT_assistant>"]
            case AssistantMessage():
                inside = [*(pair("think") if message.think else []), *pair("cite") * len(message.cite)]
                names += ["<myPT_assistant>", *inside, "</myPT_assistant>", "<myPT_eot>"]
    return names


def pair(name: str) -> list[str]:
    return [f"<myPT_{name}>", f"</myPT_{name}>"]
