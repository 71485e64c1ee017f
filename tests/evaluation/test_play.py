"""Chains with a scripted model and the live tools."""

from collections.abc import Sequence
from typing import Any

import pytest

from mypt.conversation.episode import Episode, ToolCallMessage, ToolResultMessage
from mypt.conversation.parse import ModelOutput, Problem, ProblemKind
from mypt.errors import InputError
from mypt.evaluation.case import Case
from mypt.evaluation.play import Played, play
from mypt.evaluation.responder import answered
from tests.agent.views import small_view
from tests.evaluation.cases import case, exact

CHECK = {
    "kind": "chain",
    "tools": ["workspace.search"],
    "any_of": ["zwei Monate"],
    "cite_origin": ["root/d.txt"],
}
FOUND = "daaaaaaaaaaaa-2"
SEARCH = ModelOutput(
    "", None, (), ToolCallMessage(name="workspace.search", arguments={"query": "Kündigungsfrist"}), ()
)
ANSWER = answered("Es sind zwei Monate.", FOUND)


class Script:
    """Answers each conversation by the next line of its own script, and counts the batches."""

    def __init__(self, lines: dict[str, list[ModelOutput]]) -> None:
        self.lines = lines
        self.batches: list[int] = []

    def respond(self, prompts: Sequence[Episode], *, max_tokens: int | None = None) -> list[ModelOutput]:
        assert max_tokens is None
        self.batches.append(len(prompts))
        return [self.lines[str(prompt.messages[0].content)].pop(0) for prompt in prompts]  # type: ignore[union-attr]


def chain(user: str = "Wie lange?", **check: Any) -> Case:
    origin = {"cite_origin": ["daaaaaaaaaaaa.txt"]}
    return case({**CHECK, **origin, **check}, user, workspace="law", phase=6)


def run(script: Script, *cases: Case) -> list[Played]:
    return play(cases, script, lambda _: small_view(), room=1024)


def test_a_call_is_run_by_the_live_tool_and_its_result_is_read() -> None:
    script = Script({"Wie lange?": [SEARCH, ANSWER]})

    (played,) = run(script, chain())

    result = played.episode.messages[-1]
    assert isinstance(result, ToolResultMessage)
    assert FOUND in str(result.content)
    assert played.verdict().passed


def test_open_conversations_are_answered_in_one_batch() -> None:
    script = Script({"a": [ANSWER], "b": [SEARCH, ANSWER], "c": [SEARCH, SEARCH, ANSWER]})

    a, b, c = run(script, chain("a"), chain("b"), chain("c"))

    assert script.batches == [3, 2, 1]
    assert [len(one.calls) for one in (a, b, c)] == [0, 1, 2]
    assert [one.verdict().passed for one in (a, b, c)] == [False, True, True]


def test_a_planned_error_comes_first_and_the_model_must_try_again() -> None:
    script = Script({"a": [SEARCH, SEARCH, ANSWER], "b": [SEARCH, ANSWER]})

    again, gave_up = run(script, chain("a", fails_first=True), chain("b", fails_first=True))

    assert [call.succeeded for call in again.calls] == [False, True]
    assert again.verdict().passed
    assert not gave_up.verdict().passed


def test_too_many_calls_and_broken_turns_end_it() -> None:
    broken = ModelOutput("", None, (), SEARCH.tool_call, (Problem(ProblemKind.NOT_CLOSED, "x"),))
    script = Script({"a": [SEARCH] * 3, "b": [broken]})

    many, cut = run(script, chain("a", max_calls=2), chain("b"))

    assert len(many.calls) == 2
    assert "one too many" in many.verdict().reason
    assert cut.verdict().reason == "not_closed: x"


def test_the_error_of_a_tool_is_told_and_ends_nothing() -> None:
    wrong = ModelOutput("", None, (), ToolCallMessage(name="workspace.find", arguments={}), ())
    script = Script({"a": [wrong, SEARCH, ANSWER]})

    (played,) = run(script, chain("a"))

    assert "no such tool" in str(played.episode.messages[2])
    assert played.verdict().passed


def test_what_is_no_chain_is_not_played() -> None:
    with pytest.raises(InputError, match="only a chain"):
        run(Script({}), exact("a", "b"))
