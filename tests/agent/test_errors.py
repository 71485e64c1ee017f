"""The branch of the error tree for agents."""

import pytest

from mypt.agent.errors import AgentError, LimitReached, ToolFailed, ToolInputError
from mypt.errors import MyptError


@pytest.mark.parametrize("kind", [AgentError, ToolInputError, ToolFailed])
def test_all_end_with_exit_code_6(kind: type[AgentError]) -> None:
    error = kind("what", hint="next")

    assert isinstance(error, MyptError)
    assert (error.exit_code, error.message, error.hint) == (6, "what", "next")


def test_a_limit_says_which() -> None:
    error = LimitReached("seconds", "too slow")

    assert (error.limit, error.exit_code, error.message) == ("seconds", 6, "too slow")
