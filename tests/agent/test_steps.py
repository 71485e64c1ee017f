"""What is streamed."""

from mypt.agent.steps import Done, ToolCalled, ToolReturned
from tests.agent.conversations import call, says, script, steps_of


def test_calls_and_results_are_numbered_alike_and_the_answer_is_last() -> None:
    steps = steps_of(script(call("list_docs"), call("search", query="Ferien"), says("Gut.")))

    assert [step.number for step in steps if isinstance(step, ToolCalled)] == [1, 2]
    assert [step.number for step in steps if isinstance(step, ToolReturned)] == [1, 2]
    assert [isinstance(step, Done) for step in steps].index(True) == len(steps) - 1
