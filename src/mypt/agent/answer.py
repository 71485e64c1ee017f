"""What an agent gives back: the answer, and all that is needed to check it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from pydantic import JsonValue

from mypt.agent.speaker import ModelName
from mypt.agent.support import Support

Finish: TypeAlias = Literal[
    "answer", "refused", "steps", "tokens", "seconds", "context", "malformed call", "no answer"
]
"""Why it ended: with an answer, with one whose sentences were all refused, at a limit, or without one."""


@dataclass(frozen=True)
class Sentence:
    """A sentence of the answer, and what the cited passages say to it."""

    start: int
    """Half-open span of characters in what the model wrote."""
    end: int
    text: str
    support: Support
    is_refused: bool = False
    """Whether it was left out of the answer, for want of support."""


@dataclass(frozen=True)
class Citation:
    """A passage that the answer names."""

    id: str
    is_retrieved: bool
    """Whether this conversation has shown it; if not, nothing below is known."""
    document_id: str = ""
    title: str = ""
    page: int = 0
    start: int = 0
    """Half-open span of characters in the text of the page."""
    end: int = 0
    support: float = 0.0
    """The best score that it gives to a sentence of the answer."""
    is_found: bool = False
    """Whether the model cited nothing, and this passage was found to support a sentence."""


@dataclass(frozen=True)
class RetrievedPassage:
    """A passage that was found, with what its rank came from."""

    id: str
    score: float
    parts: Mapping[str, float]


@dataclass(frozen=True)
class ToolUse:
    """A call that was made."""

    name: str
    arguments: Mapping[str, JsonValue]
    seconds: float
    error: str = ""
    """What went wrong, as the model was told it."""


@dataclass(frozen=True)
class Usage:
    """What an answer took."""

    steps: int
    prompt_tokens: int
    tokens: int
    seconds: float


@dataclass(frozen=True)
class Answer:
    """A checked answer."""

    text: str
    """What people read; at a limit or refusal it is ours, and says so."""
    written: str
    """What the model itself wrote."""
    think: str
    """Its thoughts of all turns, apart from the answer."""
    language: str
    finish: Finish
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    retrieved: tuple[RetrievedPassage, ...]
    tool_calls: tuple[ToolUse, ...]
    usage: Usage
    model: ModelName
    index_digest: str

    def to_json(self) -> dict[str, Any]:
        """Return all of it as JSON values."""
        return asdict(self)
