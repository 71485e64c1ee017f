"""A call that is none: what is wrong with it, in words the model can act on."""

import json
import re
from dataclasses import dataclass

from mypt.conversation.episode import ToolCallMessage
from mypt.conversation.parse import ModelOutput, ProblemKind
from mypt.conversation.special_tokens import Tag
from mypt.errors import ToolInputError

_MAX_SHOWN = 200
_NAME = re.compile(r'"name"\s*:\s*"([\w.-]{1,60})"')
_SHAPE = '{"name": "workspace.search", "arguments": {"query": "…"}}'
_UNNAMED = "unreadable"


@dataclass(frozen=True)
class Malformed:
    """What stands in the conversation for a call that could not be read, and what is told of it."""

    call: ToolCallMessage
    error: ToolInputError


def describe_malformed(output: ModelOutput) -> Malformed | None:
    """Return what is wrong with the call in a turn, or None when there is no broken one."""
    if output.tool_call:
        return None
    for problem in output.problems:
        is_unclosed = problem.kind in (ProblemKind.NOT_CLOSED, ProblemKind.EMPTY)
        if problem.kind is ProblemKind.BAD_TOOL_CALL:
            return _malformed(problem.detail, _reason(problem.detail), output.think)
        if is_unclosed and problem.detail == Tag.TOOLCALL_OPEN.value:
            return _malformed("", "the call is empty or was not ended", output.think)
    return None


def _malformed(text: str, reason: str, think: str | None) -> Malformed:
    name = _NAME.search(text)
    arguments = {"text": text[:_MAX_SHOWN].encode(errors="replace").decode()}
    call = ToolCallMessage(
        name=name[1] if name else _UNNAMED, arguments={**arguments}, think=think, learn=False
    )
    return Malformed(call, ToolInputError(f"not a call: {reason}", hint=f"write {_SHAPE}"))


def _reason(text: str) -> str:
    try:
        value = json.loads(text)
    except RecursionError:
        return "its JSON is nested too deep"
    except ValueError as error:
        return f"it is not JSON: {error}"
    if not isinstance(value, dict):
        return "it is not an object"
    if value.keys() != {"name", "arguments"}:
        got = ", ".join(sorted(value))[:_MAX_SHOWN] or "none"
        return f"its keys are {got}, not name and arguments"
    return "name must be text, arguments an object, and no key twice"
