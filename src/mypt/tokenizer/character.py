"""One id per known character, and UTF-8 bytes for all others."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mypt.errors import InputError
from mypt.tokenizer.tokenizer import require_own_ids, require_unicode

_N_BYTES = 256


@dataclass(frozen=True)
class CharacterTokenizer:
    """Ids 0 to 255 are bytes, then come the alphabet's characters, then end-of-text."""

    alphabet: str
    """The known characters, each once, in order of their code points."""

    name = "character"

    def __post_init__(self) -> None:
        require_unicode(self.alphabet)
        if self.alphabet != "".join(sorted(set(self.alphabet))):
            raise InputError("the alphabet must hold each character once, in order of code points")

    @classmethod
    def from_texts(cls, texts: Iterable[str]) -> Self:
        """Return a tokenizer that knows every character of the texts, in whatever order they come."""
        known: set[str] = set()
        for text in texts:
            known.update(text)
        return cls("".join(sorted(known)))

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Return the tokenizer that `to_json` described; InputError when the alphabet is damaged."""
        alphabet = values.get("alphabet")
        if not isinstance(alphabet, str):
            raise InputError(f"`alphabet` must be a string, got {type(alphabet).__name__}")
        return cls(alphabet)

    @property
    def base_vocab_size(self) -> int:
        """256 bytes, the alphabet and end-of-text."""
        return _N_BYTES + len(self.alphabet) + 1

    @property
    def end_of_text(self) -> int:
        """The last of its ids."""
        return self.base_vocab_size - 1

    def encode(self, text: str) -> list[int]:
        """Return one id for each known character and 2 to 4, or 1 below U+0080, for each other."""
        require_unicode(text)
        codes = _code_points(text)
        ids = self._id_by_code[np.minimum(codes, len(self._id_by_code) - 1)]
        known = ids >= 0
        if not known.all():
            ids = _fill_in_bytes(codes, ids, known)
        return ids.tolist()

    def decode_bytes(self, ids: Sequence[int]) -> bytes:
        """Return what the ids spell; end-of-text spells nothing."""
        require_own_ids(ids, self.base_vocab_size)
        return b"".join([self._bytes_by_id[token] for token in ids])

    def to_json(self) -> dict[str, Any]:
        """Return the name and the alphabet."""
        return {"name": self.name, "alphabet": self.alphabet}

    @cached_property
    def _id_by_code(self) -> NDArray[np.int32]:
        """-1 where unknown; one entry more than needed, for all code points beyond."""
        codes = _code_points(self.alphabet)
        table = np.full(int(codes.max(initial=0)) + 2, -1, dtype=np.int32)
        table[codes] = np.arange(_N_BYTES, _N_BYTES + len(codes))
        return table

    @cached_property
    def _bytes_by_id(self) -> list[bytes]:
        return (
            [bytes([value]) for value in range(_N_BYTES)] + [char.encode() for char in self.alphabet] + [b""]
        )


def _code_points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le"), dtype="<u4")


def _fill_in_bytes(
    codes: NDArray[np.uint32], ids: NDArray[np.int32], known: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Widen each unknown character to the bytes of its UTF-8 form."""
    widths = 1 + (codes >= 0x80).astype(np.int64) + (codes >= 0x800) + (codes >= 0x10000)
    is_known = np.repeat(known, np.where(known, 1, widths))
    filled = np.empty(len(is_known), dtype=np.int32)
    filled[is_known] = ids[known]
    unknown = codes[~known].tobytes().decode("utf-32-le")
    filled[~is_known] = np.frombuffer(unknown.encode(), dtype=np.uint8)
    return filled
