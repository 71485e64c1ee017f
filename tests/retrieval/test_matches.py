"""Matches stand where the words stand, apart and in order."""

from hypothesis import given
from hypothesis import strategies as st

from mypt.retrieval.analysis import pieces
from mypt.retrieval.matches import find_matches


def shown(text: str, *terms: str) -> list[str]:
    return [text[start:end] for start, end in find_matches(text, terms)]


def test_every_form_of_a_word_is_marked() -> None:
    assert shown("Die Häuser, das Haus.", "haus") == ["Häuser", "Haus"]


def test_a_whole_is_marked_from_end_to_end() -> None:
    assert shown("nach SR 220 und Art. 12a", "sr220", "220", "art12a") == ["SR 220", "Art. 12a"]


def test_a_part_is_marked_alone() -> None:
    assert shown("libfoo3-dev", "dev", "libfoo2dev") == ["dev"]


def test_without_terms_nothing_is_marked() -> None:
    assert find_matches("Haus", ()) == ()


@given(st.text(st.sampled_from("ab-. 1§\n"), max_size=30))
def test_spans_never_overlap(text: str) -> None:
    spans = find_matches(text, {piece.term for piece in pieces(text)})

    ends = [0, *(end for _, end in spans)]
    assert all(start >= end for (start, _), end in zip(spans, ends, strict=False))
    assert all(start < end <= len(text) for start, end in spans)
