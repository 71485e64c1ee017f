"""What can go wrong while an agent works; the branch of the error tree that ends with exit code 6.

AgentError                exit 6   the question could not be worked on
├── ToolInputError                 told to the model, which may try again
├── ToolFailed                     told to the model, final for this call
└── LimitReached                   steps, tokens, seconds or context are used up
"""

from typing import Literal, TypeAlias

from mypt.errors import MyptError

Limit: TypeAlias = Literal["steps", "tokens", "seconds", "context"]


class AgentError(MyptError):
    """The question could not be worked on."""

    exit_code = 6


class ToolInputError(AgentError):
    """A call names no allowed tool, or its arguments are not the tool's; the model may try again."""


class ToolFailed(AgentError):
    """A tool could not give a result: it raised, hung, or its server is gone."""


class LimitReached(AgentError):
    """An answer needs more than it may take."""

    def __init__(self, limit: Limit, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.limit: Limit = limit
