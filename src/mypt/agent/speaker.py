"""Whoever writes the model's turns: what the agent asks of it, and what comes back."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from mypt.agent.tool import ToolSpec
from mypt.conversation.episode import Episode
from mypt.conversation.parse import ModelOutput

DeltaKind: TypeAlias = Literal["think", "answer"]


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of text that the model has just written."""

    kind: DeltaKind
    text: str


@dataclass(frozen=True)
class Spoken:
    """A whole turn; always the last that comes."""

    output: ModelOutput
    n_prompt_tokens: int
    n_tokens: int
    is_cut: bool = False
    """Whether it ended because as many tokens as allowed were written."""


@dataclass(frozen=True)
class TurnLimits:
    """How much one turn may take, and what it has to be."""

    tokens: int
    seconds: float
    must_call: bool = False
    """Whether the turn has to be a call, where the speaker can bring that about."""


@runtime_checkable
class Speaker(Protocol):
    """Writes the next turn of a conversation."""

    @property
    def model(self) -> "ModelName":
        """Return which model it is."""
        ...

    @property
    def context_tokens(self) -> int:
        """Return the most tokens of a conversation that are read at once."""
        ...

    def speak(self, episode: Episode, tools: list[ToolSpec], limits: TurnLimits) -> Iterator[Delta | Spoken]:
        """Yield what is written while it comes, and lastly the whole turn.

        Closing the iterator stops the model. Raises LimitReached when the conversation
        is longer than the model reads or time is up, InputError when it cannot be read.
        """
        ...


@dataclass(frozen=True)
class ModelName:
    """What an answer says about its model."""

    name: str
    digest: str = ""
    """Sha256 of what was loaded; empty where another program holds the model."""
