"""Many documents to ids, as fast as can be had and never other than the reference says."""

import importlib.util
from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import as_file, files
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mypt.errors import ArtifactError
from mypt.tokenizer.gpt2_bpe import RANKS_FILE, Gpt2Bpe, check_ranks
from mypt.tokenizer.tokenizer import Tokenizer

Ids: TypeAlias = NDArray[np.unsignedinteger]
BulkEncoder: TypeAlias = Callable[[bytes], Ids]
"""UTF-8 bytes of one document → its ids, without end-of-text."""

AWKWARD = (
    "", "\0", " " * 5000, "a" * 20_000, "\u0301\u0301", "\u00a0x", "<|endoftext|>", "<myPT_user>", "\r\n\t x",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467", "x" + " " * 300_000 + "y", "Straße „Zürich“ §1bis",
)  # fmt: skip
"""Texts on which encoders have been seen to differ."""


def bulk_encoder(tokenizer: Tokenizer) -> BulkEncoder:
    """Return the fastest encoder there is for a tokenizer, once it agreed with it on awkward texts."""
    if isinstance(tokenizer, Gpt2Bpe) and importlib.util.find_spec("gigatoken") is not None:
        return _checked_gigatoken()
    return lambda data: np.asarray(tokenizer.encode(data.decode()), dtype=np.uint32)


def require_same_ids(tokenizer: Tokenizer, encode: BulkEncoder, texts: Iterable[str]) -> None:
    """Raise ArtifactError naming the first text on which an encoder and the reference differ."""
    for text in texts:
        if not np.array_equal(encode(text.encode()), tokenizer.encode(text)):
            raise ArtifactError(
                f"the fast encoder gives other ids than {tokenizer.name} for the text {text[:40]!r}…",
                hint="pip uninstall gigatoken: the reference is used then; and please report the text",
            )


@cache
def _checked_gigatoken() -> BulkEncoder:
    from gigatoken import Tokenizer as Gigatoken  # optional, and slow to import

    check_ranks()
    with as_file(files("mypt.tokenizer").joinpath(RANKS_FILE)) as path:
        encode = Gigatoken.from_tiktoken(path, pretokenizer="gpt2").encode
    require_same_ids(Gpt2Bpe(), encode, AWKWARD)
    return encode
