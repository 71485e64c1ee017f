"""The cut of a text is the likeliest of all, and of equal ones the one the reference takes."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mypt.retrieval.unigram import Unigram

PIECES = {"?": 0.0, "a": -2.0, "b": -2.5, "ab": -4.0, "aba": -4.2, "ü": -3.0, "üa": -3.5, "bb": -6.0}
UNKNOWN = -16.0


def unigram(dtype: type[np.floating] = np.float64) -> Unigram:
    encoded = [piece.encode() for piece in PIECES]
    return Unigram(
        np.frombuffer(b"".join(encoded), np.uint8),
        np.cumsum([0, *map(len, encoded)]),
        np.array([*PIECES.values()], dtype),
        0,
    )


def pieces_of(ids: list[int]) -> list[str]:
    return [[*PIECES][number] for number in ids]


def score_of(pieces: tuple[str, ...]) -> float:
    return sum(PIECES[piece] if piece in PIECES and piece != "?" else UNKNOWN for piece in pieces)


def best_score(text: str) -> float:
    """Try every way to cut a short text."""
    best = -np.inf
    for cuts in itertools.product([False, True], repeat=max(len(text) - 1, 0)):
        bounds = [0, *(place + 1 for place, cut in enumerate(cuts) if cut), len(text)]
        pieces = tuple(text[start:stop] for start, stop in itertools.pairwise(bounds))
        if all(len(piece) == 1 or piece in PIECES for piece in pieces):
            best = max(best, score_of(pieces))
    return best


@settings(max_examples=150, deadline=None)
@given(text=st.text("abü?x😀", min_size=1, max_size=9))
def test_no_other_cut_is_likelier(text: str) -> None:
    pieces = pieces_of(unigram().encode(text.encode()))

    assert score_of(tuple(pieces)) == pytest.approx(best_score(text))


def test_characters_without_a_piece_are_unknown_one_by_one() -> None:
    assert pieces_of(unigram().encode("axy😀b".encode())) == ["a", "?", "?", "?", "b"]


def test_the_unknown_piece_is_no_text() -> None:
    assert unigram().encode(b"?") == [0]
    assert unigram().encode(b"??") == [0, 0]


def test_of_two_equal_cuts_the_one_that_ends_sooner_in_the_reference_is_taken() -> None:
    assert pieces_of(unigram(np.float32).encode(b"aa" * 3)) == ["a"] * 6
    assert pieces_of(unigram(np.float32).encode(b"abba")) == ["ab", "b", "a"]


def test_no_text_has_no_pieces() -> None:
    assert unigram().encode(b"") == []


def test_a_long_text_is_cut_in_time_that_grows_with_its_length() -> None:
    assert len(unigram().encode(b"a" * 200_000)) == 200_000
