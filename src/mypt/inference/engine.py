"""What an engine is: prompts in, a stream of tokens out."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from mypt.errors import InputError
from mypt.inference.config import SamplingConfig
from mypt.inference.stopping import FinishReason, StopRule, never_stop


@dataclass(frozen=True, slots=True)
class TokenEvent:
    """One more id for one row."""

    row: int
    """The number of the prompt in its batch."""
    id: int
    """The id drawn; the one that ended the row is yielded too."""
    finish: FinishReason | None = None
    """Why this was the row's last id, or None."""


@runtime_checkable
class InferenceEngine(Protocol):
    """Anything that continues ids."""

    @property
    def block_size(self) -> int:
        """The most tokens of a context that are attended at once."""
        ...

    @property
    def vocab_size(self) -> int:
        """Number of ids that can be read and drawn."""
        ...

    def stream(
        self,
        prompts: Sequence[Sequence[int]],
        sampling: SamplingConfig,
        stop: StopRule = never_stop,
        banned_ids: Collection[int] = (),
    ) -> Iterator[TokenEvent]:
        """Yield each row's ids as they are drawn, step by step, rows in order within a step.

        A row's ids depend on its prompt, its number and the sampling, never on
        other rows. Banned ids are never drawn. Closing the iterator ends the
        computation. Raises InputError, before anything is drawn, for an empty
        prompt or an id that does not exist.
        """
        ...


def refuse_unreadable(prompts: Sequence[Sequence[int]], vocab_size: int) -> None:
    """Raise InputError for an empty prompt, or one that holds an id which does not exist."""
    for number, prompt in enumerate(prompts):
        if not prompt:
            raise InputError(
                f"prompt {number} is empty: there is nothing to continue",
                hint="start it with the tokenizer's end-of-text id, as each document in training did",
            )
        for token in (min(prompt), max(prompt)):
            if not 0 <= token < vocab_size:
                raise InputError(
                    f"prompt {number} holds id {token}, the model reads 0 to {vocab_size - 1}",
                    hint="encode it with the tokenizer that lies beside the model",
                )
