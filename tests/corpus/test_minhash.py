"""Signatures and keys."""

import random

import numpy as np
import pytest

from mypt.corpus.minhash import (
    N_VALUES,
    NO_KEY,
    band_keys,
    chance_of_meeting,
    comparable,
    rows_per_band,
    signatures,
)
from mypt.errors import ConfigError

PINNED = [
    [1671304169, 3311959136, 3210614686],
    [3468495888, 4003163639, 1977519071],
    [4294967295, 4294967295, 4294967295],
]
PINNED_KEYS = [[15144365833046445125, 15859681261312438200, 0], [7131331320046812122, 8164762066616424312, 0]]
WORDS = [f"wort{number}" for number in range(4_000)]


def similar_texts(similarity: float, n: int) -> tuple[list[str], list[str]]:
    """Return pairs of lists whose 5-grams overlap by nearly this index, because only their ends differ."""
    generator = random.Random(0)  # noqa: S311
    length = 1_000
    shared = round(length * 2 * similarity / (1 + similarity))
    lefts, rights = [], []
    for _ in range(n):
        words = generator.choices(WORDS, k=2 * length - shared)
        lefts.append(" ".join(words[:length]))
        rights.append(" ".join(words[length - shared :]))
    return lefts, rights


def test_signatures_are_these_numbers_for_ever() -> None:
    rows = signatures(comparable(["Die Würde des Menschen ist unantastbar.", "漢字", ""]))

    assert rows[:, [0, 64, 127]].tolist() == PINNED
    assert band_keys(rows, 6)[[0, 20]].tolist() == PINNED_KEYS


@pytest.mark.parametrize("similarity", [0.5, 0.8, 0.95])
def test_the_share_of_equal_values_is_the_jaccard_index(similarity: float) -> None:
    lefts, rights = similar_texts(similarity, 200)

    agreed = (signatures(comparable(lefts)) == signatures(comparable(rights))).mean(axis=1)

    assert agreed.mean() == pytest.approx(similarity, abs=0.012)
    assert agreed.std() == pytest.approx((similarity * (1 - similarity) / N_VALUES) ** 0.5, rel=0.2)


def test_at_the_threshold_nearly_all_pairs_share_a_key() -> None:
    lefts, rights = similar_texts(0.8, 300)
    rows = rows_per_band(0.8)

    keys, others = (band_keys(signatures(comparable(texts)), rows) for texts in (lefts, rights))

    assert (rows, len(keys)) == (6, 21)
    assert (keys == others).any(axis=0).mean() >= 0.99
    assert chance_of_meeting(0.8, 8) < 0.95
    assert chance_of_meeting(0.8, 6) > 0.995


def test_the_same_text_has_the_same_signature_in_any_batch() -> None:
    texts = ["eins zwei drei vier fünf sechs", "kurz", "", "a b c d e f g"]

    together = signatures(comparable(texts))

    assert together.tolist() == [signatures(comparable([text]))[0].tolist() for text in texts]


def test_short_texts_meet_only_when_all_their_words_are_the_same() -> None:
    keys = band_keys(signatures(comparable(["Art. 1", "art 1", "Art. 2", "Art."])), 6)

    assert (keys[:, 0] == keys[:, 1]).all()
    assert not (keys[:, [0]] == keys[:, 2:]).any()


def test_texts_without_words_have_no_key() -> None:
    keys = band_keys(signatures(comparable(["", "--- *** ---", "a"])), 6)

    assert (keys[:, :2] == NO_KEY).all()
    assert (keys[:, 2] != NO_KEY).all()


def test_no_texts_have_no_signatures() -> None:
    assert signatures(comparable([])).shape == (0, N_VALUES)
    assert band_keys(signatures(comparable([])), 6).shape == (21, 0)


def test_a_lower_threshold_takes_shorter_keys_and_too_low_is_refused() -> None:
    assert [rows_per_band(threshold) for threshold in (0.6, 0.7, 0.8, 0.9)] == [3, 4, 6, 9]
    with pytest.raises(ConfigError, match=r"finds pairs at 0\.01"):
        rows_per_band(0.01)


def test_texts_that_share_only_a_header_do_not_meet() -> None:
    header = (
        "// Copyright 2009 The Go Authors. All rights reserved.\n// license that can be found in LICENSE.\n\n"
    )
    bodies = [" ".join(WORDS[start : start + 12]) for start in range(0, 600, 12)]

    keys = band_keys(signatures(comparable([header + body for body in bodies])), 6)

    assert all(len(np.unique(band)) == len(bodies) for band in keys)
