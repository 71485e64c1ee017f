"""Turns of other programs' models: thoughts, calls as JSON, answers with ids in brackets."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mypt.agent.speaker import Delta
from mypt.agent.text_turn import TextTurn
from mypt.conversation.parse import ModelOutput, ProblemKind

CALL = '{"name": "workspace.search", "arguments": {"query": "a"}}'
ID, OTHER = "dabcdefghijkl-3", "dabcdefghijkl-12"


def read(text: str, size: int = 3, **end: Any) -> tuple[dict[str, str], ModelOutput]:
    turn = TextTurn()
    pieces: list[Any] = []
    for start in range(0, len(text), size):
        pieces += turn.write(text[start : start + size])
    pieces += turn.finish(**end)
    *deltas, output = pieces
    assert isinstance(output, ModelOutput)
    assert all(isinstance(delta, Delta) for delta in deltas)
    shown = {kind: "".join(d.text for d in deltas if d.kind == kind) for kind in ("think", "answer")}
    return shown, output


@pytest.mark.parametrize(
    "text",
    [
        CALL,
        f"\n {CALL}\n",
        f"```json\n{CALL}\n```",
        f"```\n{CALL}\n```",
        f"<tool_call>\n{CALL}\n</tool_call>",
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_call_is_read_and_never_shown(text: str, size: int) -> None:
    shown, output = read(text, size)

    assert shown == {"think": "", "answer": ""}
    assert output.tool_call is not None
    assert (output.tool_call.name, output.tool_call.arguments) == ("workspace.search", {"query": "a"})


@pytest.mark.parametrize(
    "text",
    [
        f"The document says {CALL} here.",
        f"Call: {CALL}",
        '{"answer": 42}',
        "Use `ls`.",
        "<table>",
        "{",
        "`a`",
    ],
)
def test_json_inside_of_prose_is_prose(text: str) -> None:
    shown, output = read(text)

    assert output.tool_call is None
    assert output.answer == shown["answer"] == text
    assert output.problems == ()


@pytest.mark.parametrize(
    "text",
    [
        "{'name': 'workspace.search', 'arguments': {}}",
        '{"name": "workspace.search"}',
        '{"name": "a", "name": "b", "arguments": {}}',
        "<tool_call>search it</tool_call>",
        CALL[:-2],
    ],
)
def test_a_call_that_is_none_is_reported(text: str) -> None:
    _, output = read(text)

    assert output.tool_call is None
    assert [problem.kind for problem in output.problems] == [ProblemKind.BAD_TOOL_CALL]
    assert output.answer == ""


def test_a_call_that_was_cut_off_is_no_malformed_one() -> None:
    _, output = read(CALL[:-2], is_cut=True)

    assert [problem.kind for problem in output.problems] == [ProblemKind.CUT_OFF]


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_thoughts_are_kept_apart(size: int) -> None:
    shown, output = read("<think>hm < hm</think>Yes.", size)

    assert shown == {"think": "hm < hm", "answer": "Yes."}
    assert (output.think, output.answer) == ("hm < hm", "Yes.")


def test_thoughts_that_never_end_are_no_answer() -> None:
    _, output = read("<think>hm")

    assert (output.think, output.answer) == ("hm", "")


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_citations_are_taken_out_of_the_answer(size: int) -> None:
    shown, output = read(f"One month [{ID}]. Two months [{OTHER}, {ID}]. See [1] and [note].", size)

    assert output.citations == (ID, OTHER)
    assert output.answer == shown["answer"] == "One month. Two months. See [1] and [note]."


def test_a_call_that_the_server_told_apart_wins() -> None:
    _, output = read("I will search.", native_call=CALL)

    assert output.tool_call is not None
    assert output.answer == ""


@given(st.text(alphabet="ab <>[]{}`'\"\n:think/tool_call.-d3", max_size=80), st.integers(1, 9))
def test_what_is_shown_is_what_was_said_whatever_it_is(text: str, size: int) -> None:
    shown, output = read(text, size)

    assert shown["answer"].strip() == output.answer
