"""GPT-2's byte-pair encoding, over rank data shipped beside this file."""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Self

import tiktoken

from mypt.errors import ArtifactError, InputError
from mypt.files import sha256_bytes
from mypt.tokenizer.tokenizer import require_own_ids, require_unicode

RANKS_FILE = "r50k_base.tiktoken"
RANKS_SHA256 = "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930"

_N_RANKS = 50256
_PATTERN = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"""

# tiktoken's regex engine gives up (and panics) on a million spaces before a word.
_LONG_RUN = 250_000
# Exactly what `\s` means in _PATTERN; Python's own `\s` has four characters more.
_SPACE = "\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_LONG_SPACES = re.compile(f"(?<![{_SPACE}])[{_SPACE}]{{{_LONG_RUN},}}+(?!\\Z)")


@dataclass(frozen=True)
class Gpt2Bpe:
    """The vocabulary of GPT-2: ids 0 to 50255 are text, 50256 is end-of-text."""

    name = "gpt2_bpe"
    base_vocab_size = _N_RANKS + 1
    end_of_text = _N_RANKS

    @classmethod
    def from_texts(cls, _texts: Iterable[str]) -> Self:
        """Return the tokenizer; its vocabulary is fixed, so no text is read."""
        return cls()

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Return the tokenizer that `to_json` described; InputError when its ranks were others."""
        if values.get("ranks_sha256") != RANKS_SHA256:
            raise InputError(
                f"`ranks_sha256` is {values.get('ranks_sha256')!r}, but this MyPT ships {RANKS_SHA256!r}"
            )
        return cls()

    def encode(self, text: str) -> list[int]:
        """Return ids 0 to 50255; InputError when the text holds a lone surrogate."""
        require_unicode(text)
        encode = encoding().encode_ordinary
        if len(text) < _LONG_RUN:
            return encode(text)
        return [token for part in _split_at_long_spaces(text) for token in encode(part)]

    def decode_bytes(self, ids: Sequence[int]) -> bytes:
        """Return what the ids spell; end-of-text spells nothing."""
        require_own_ids(ids, self.base_vocab_size)
        return encoding().decode_bytes([token for token in ids if token != self.end_of_text])

    def to_json(self) -> dict[str, Any]:
        """Return the name, and which rank data is meant."""
        return {"name": self.name, "ranks_sha256": RANKS_SHA256}


def _split_at_long_spaces(text: str) -> Iterator[str]:
    """Cut before a long run and before its last character, where GPT-2's pattern cuts before a word."""
    start = 0
    for run in _LONG_SPACES.finditer(text):
        yield text[start : run.start()]
        yield text[run.start() : run.end() - 1]
        start = run.end() - 1
    yield text[start:]


@cache
def encoding() -> tiktoken.Encoding:
    """Return tiktoken's own object for this vocabulary, without special tokens."""
    return tiktoken.Encoding(
        "gpt2_bpe",
        pat_str=_PATTERN,
        mergeable_ranks=_read_ranks(),
        special_tokens={},
        explicit_n_vocab=_N_RANKS,
    )


def _read_ranks() -> dict[bytes, int]:
    """Read without tiktoken's loader, which keeps copies of local files in a shared cache."""
    pairs = (line.split() for line in check_ranks().splitlines())
    return {base64.b64decode(token): int(rank) for token, rank in pairs}


def check_ranks() -> bytes:
    """Return the rank file's bytes; ArtifactError when they are not those that were shipped."""
    data = files("mypt.tokenizer").joinpath(RANKS_FILE).read_bytes()
    if (got := sha256_bytes(data)) != RANKS_SHA256:
        raise ArtifactError(
            f"{RANKS_FILE}: sha256 is {got}, expected {RANKS_SHA256}",
            hint="the installation is damaged; install mypt again",
        )
    return data
