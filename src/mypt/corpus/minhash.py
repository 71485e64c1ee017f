"""Signatures of texts by MinHash over word 5-grams, and the keys under which near-duplicates meet.

Two signatures agree in a value with the probability that is the Jaccard index of
the two sets of 5-grams (Broder 1997). A key is a hash of some consecutive values;
documents with one equal key are candidates.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np

from mypt.documents.boilerplate import without_boilerplate
from mypt.documents.words import CLASSES, Texts, kernels
from mypt.documents.words_plain import Hashes, Values
from mypt.errors import ConfigError

SHINGLE_WORDS: Final = 5
N_VALUES: Final = 128
NO_KEY: Final = 0
"""Key of a text without a single word: it resembles nothing."""

_RECALL = 0.995
_NO_WORDS = 2**32 - 1
_FOLD = np.uint64(0x9E3779B97F4A7C15)


def comparable(texts: Iterable[str]) -> Texts:
    """Return texts as they are compared: without what thousands of documents share."""
    return Texts.from_strings(map(without_boilerplate, texts))


def signatures(texts: Texts) -> Values:
    """Return one row of 128 values for each text; one of fewer than five words is compared as a whole."""
    return kernels.minhash(texts.buffer, texts.offsets, SHINGLE_WORDS, CLASSES, _MULTIPLIERS, _ADDENDS)


def rows_per_band(threshold: float) -> int:
    """Return the most values a key may join, so that 0.995 of all pairs at the threshold share a key.

    Raises ConfigError for a threshold that no keys of 128 values can serve.
    """
    fitting = [rows for rows in range(1, 33) if chance_of_meeting(threshold, rows) >= _RECALL]
    if not fitting:
        raise ConfigError(
            f"no signature of {N_VALUES} values finds pairs at {threshold}", hint="raise threshold"
        )
    return max(fitting)


def chance_of_meeting(similarity: float, rows: int) -> float:
    """Return how probably two texts share at least one key."""
    return 1 - (1 - similarity**rows) ** (N_VALUES // rows)


def band_keys(values: Values, rows: int) -> Hashes:
    """Return the keys of each text, band by band: (bands, texts)."""
    n_bands = N_VALUES // rows
    wide = values[:, : n_bands * rows].astype(np.uint64).reshape(len(values), n_bands, rows)
    keys = np.zeros((len(values), n_bands), dtype=np.uint64)
    for row in range(rows):
        keys = (keys ^ wide[:, :, row]) * _FOLD
        keys ^= keys >> np.uint64(32)
    keys[keys == NO_KEY] = 1
    keys[(values == _NO_WORDS).all(axis=1)] = NO_KEY
    return np.ascontiguousarray(keys.T)


def _constants(n: int, seed: int) -> Values:
    """Return numbers of SplitMix64, which no library can change."""
    state, found = seed, []
    for _ in range(n):
        state = (state + 0x9E3779B97F4A7C15) % 2**64
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) % 2**64
        found.append((mixed ^ (mixed >> 31)) >> 32)
    return np.array(found, dtype=np.uint32)


_MULTIPLIERS: Final[Values] = _constants(N_VALUES, 5) | np.uint32(1)
_ADDENDS: Final[Values] = _constants(N_VALUES, 6)
