"""An embedder without a model: words and pieces of words, hashed into a short vector.

It finds what is written alike, not what means alike. Tests use it, and a machine that
has no other embedder can.
"""

import hashlib
import math
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from jaxtyping import Float32

from mypt.config import fingerprint
from mypt.errors import ConfigError
from mypt.retrieval.embedder import Side

_VERSION = 1
_WORD = re.compile(r"\w+")
_PIECE = 3
"""Characters of a piece of a word, whose ends are marked."""
_LONGEST_WORD = 64
_PIECES_SHARE = 0.7
"""What all pieces of a word weigh together, where the word itself weighs 1."""
_LEAST_DIMENSIONS = 8


class HashingEmbedder:
    """Places texts by the words and pieces of words in them; the same on every machine."""

    name = "hashing"

    def __init__(self, n_dimensions: int = 256) -> None:
        """Take the length of the vectors; ConfigError when that is too short to tell texts apart."""
        if n_dimensions < _LEAST_DIMENSIONS:
            raise ConfigError(f"hashing embedder: {n_dimensions} dimensions, at least {_LEAST_DIMENSIONS}")
        self.n_dimensions = n_dimensions
        self.digest = fingerprint(
            {"embedder": "hashing", "version": _VERSION, "n_dimensions": n_dimensions, "piece": _PIECE}
        )

    def embed(self, texts: Sequence[str], side: Side) -> Float32[np.ndarray, "texts dimensions"]:  # noqa: ARG002
        """Return a vector of length 1 for each text; questions and passages are read alike."""
        vectors = np.zeros((len(texts), self.n_dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self._vector(text)
        return vectors

    def _vector(self, text: str) -> Float32[np.ndarray, " dimensions"]:
        sums = np.zeros(self.n_dimensions, dtype=np.float64)
        for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
            for place, weight in _features(word[:_LONGEST_WORD], self.n_dimensions):
                sums[place] += weight
        damped = np.sign(sums) * np.sqrt(np.abs(sums))  # a word said ten times is not ten times as telling
        length = math.sqrt(float(damped @ damped))
        if length == 0.0:
            damped[0] = length = 1.0  # a text without words has to lie somewhere
        return (damped / length).astype(np.float32)


@lru_cache(maxsize=65_536)
def _features(word: str, n_dimensions: int) -> tuple[tuple[int, float], ...]:
    """Return where a word and its pieces fall, and with which signed weight."""
    marked = f"<{word}>"
    pieces = [marked[start : start + _PIECE] for start in range(len(marked) - _PIECE + 1)]
    share = _PIECES_SHARE / math.sqrt(max(len(pieces), 1))
    weighted = [(f"w{word}", 1.0), *((f"p{piece}", share) for piece in pieces)]
    return tuple(_placed(feature, weight, n_dimensions) for feature, weight in weighted)


def _placed(feature: str, weight: float, n_dimensions: int) -> tuple[int, float]:
    """Return a feature's place and signed weight; the sign lets features that collide cancel out."""
    bits = int.from_bytes(
        hashlib.blake2b(feature.encode("utf-8", "replace"), digest_size=8).digest(), "little"
    )
    return (bits >> 1) % n_dimensions, weight if bits & 1 else -weight
