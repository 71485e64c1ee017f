"""What an agent streams while it works."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from pydantic import JsonValue

from mypt.agent.answer import Answer


@dataclass(frozen=True, slots=True)
class Thinking:
    """A piece of what the model thinks; no part of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Answering:
    """A piece of the answer; when a call follows, what came since the last one was none."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """A call that is now being made."""

    number: int
    """From 1."""
    name: str
    arguments: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class ToolReturned:
    """What the model is told of a call."""

    number: int
    name: str
    content: JsonValue
    seconds: float
    is_error: bool


@dataclass(frozen=True, slots=True)
class Done:
    """The checked answer; always the last step."""

    answer: Answer


Step: TypeAlias = Thinking | Answering | ToolCalled | ToolReturned | Done
