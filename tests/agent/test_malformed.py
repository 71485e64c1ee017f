"""What is said of calls that cannot be read."""

import pytest

from mypt.agent.malformed import describe_malformed
from mypt.conversation.episode import ToolCallMessage
from mypt.conversation.parse import ModelOutput, Problem, ProblemKind


def output(*problems: Problem, call: ToolCallMessage | None = None) -> ModelOutput:
    return ModelOutput("", "t", (), call, problems)


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ('{"name": "workspace.search", "arguments": {"query": "a"}', "workspace.search", "it is not JSON"),
        ('{"name": "x"}', "x", "its keys are name, not name and arguments"),
        ("[]", "unreadable", "it is not an object"),
        ('{"name": 3, "arguments": []}', "unreadable", "name must be text"),
        ("[" * 100_000, "unreadable", "nested too deep"),
        ("\ud800", "unreadable", "it is not JSON"),
    ],
)
def test_the_model_is_told_what_is_wrong_and_how_a_call_looks(text: str, name: str, said: str) -> None:
    found = describe_malformed(output(Problem(ProblemKind.BAD_TOOL_CALL, text)))

    assert found is not None
    assert found.call.name == name
    assert said in found.error.message
    assert '"workspace.search"' in found.error.hint
    assert not found.call.learn
    assert found.call.think == "t"
    assert len(str(found.call.arguments["text"])) <= 200


def test_a_call_that_was_not_ended_is_malformed_too() -> None:
    found = describe_malformed(output(Problem(ProblemKind.NOT_CLOSED, "<myPT_toolcall>")))

    assert found is not None
    assert "not ended" in found.error.message


def test_other_problems_and_good_calls_are_not_malformed() -> None:
    good = ToolCallMessage(name="t", arguments={})

    assert describe_malformed(output(Problem(ProblemKind.BAD_CITATION, "x"))) is None
    assert describe_malformed(output(Problem(ProblemKind.NOT_CLOSED, "<myPT_think>"))) is None
    assert describe_malformed(output(Problem(ProblemKind.MISPLACED, "x"), call=good)) is None
