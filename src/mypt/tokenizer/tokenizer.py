"""What every tokenizer can do, and what follows from that for all of them."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mypt.errors import InputError


@runtime_checkable
class Tokenizer(Protocol):
    """Text to ids and back; ids from `base_vocab_size` on belong to others."""

    @property
    def name(self) -> str:
        """The name that recipes and `tokenizer.json` call it by."""
        ...

    @property
    def base_vocab_size(self) -> int:
        """How many ids it owns: those of text, then end-of-text."""
        ...

    @property
    def end_of_text(self) -> int:
        """The id between two documents; no text ever encodes to it."""
        ...

    def encode(self, text: str) -> list[int]:
        """Return ids of text alone, whatever the text spells; InputError when it is not Unicode."""
        ...

    def decode_bytes(self, ids: Sequence[int]) -> bytes:
        """Return what the ids spell, end-of-text as nothing; InputError for an id it does not own.

        A character may be spread over several ids, so only the whole is sure to be UTF-8.
        """
        ...

    def to_json(self) -> dict[str, Any]:
        """Return what a model folder keeps, so that the same tokenizer can be made again."""
        ...


def decode(tokenizer: Tokenizer, ids: Sequence[int]) -> str:
    """Return the text that ids spell, with U+FFFD where they do not spell UTF-8."""
    return tokenizer.decode_bytes(ids).decode("utf-8", errors="replace")


def token_byte_lengths(tokenizer: Tokenizer) -> NDArray[np.int64]:
    """Return how many bytes of text each id stands for, for bits per byte."""
    lengths = [len(tokenizer.decode_bytes([token])) for token in range(tokenizer.base_vocab_size)]
    return np.array(lengths, dtype=np.int64)


def require_unicode(text: str) -> None:
    """Raise InputError when a text holds half a surrogate pair, which no encoding can write."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"text is not Unicode: lone surrogate U+{ord(text[error.start]):04X} at character {error.start}",
            hint="decode the source with errors='replace', or remove the character",
        ) from error


def require_own_ids(ids: Sequence[int], base_vocab_size: int) -> None:
    """Raise InputError for the first id that a vocabulary of this size does not have."""
    for position, token in enumerate(ids):
        if not 0 <= token < base_vocab_size:
            raise InputError(
                f"id {token} at position {position}: this tokenizer's ids are 0 to {base_vocab_size - 1}"
            )
