"""Sentences end where a reader of German or English says so."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mypt.workspace.sentences import split_sentences


def _split(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Das gilt z. B. Für alle Personen.",
        "Nach Art. 5 Abs. 2 Bst. a gilt das Gesetz.",
        "Siehe Nr. 3 und Ziff. 4 der Verordnung.",
        "Am 1. Januar 2024 tritt das in Kraft.",
        "Im 19. Jahrhundert war das anders.",
        "Use a tool, e.g. Python, for this.",
        "Mr. Smith and Dr. J. Watson came.",
        "See Fig. 3 and No. 7 for details.",
        "Version 1.2.3 is out, i.e. Ready.",
        "Die Firma bzw. Ihre Nachfolgerin haftet.",
        "Kapitel XIV. Teil der Sammlung.",
        "The U.S. Government answered.",
        "Er sagte: „Komm!“ und ging.",
    ],
)
def test_what_is_shortened_ends_no_sentence(text: str) -> None:
    assert _split(text) == [text]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Das ist so. Das auch! Und das? Ja.", ["Das ist so.", "Das auch!", "Und das?", "Ja."]),
        ("It is so. It was in 2020. Then not.", ["It is so.", "It was in 2020.", "Then not."]),
        ("„Es ist so.“ Er ging.", ["„Es ist so.“", "Er ging."]),
        ('She said "no." He left.', ['She said "no."', "He left."]),
        ("A work of art. The end.", ["A work of art.", "The end."]),
        ("Eins ist da\n\nZwei ist da", ["Eins ist da", "Zwei ist da"]),
        ("Warten... Dann weiter. Öl ist teuer.", ["Warten...", "Dann weiter.", "Öl ist teuer."]),
        ("これは文です。次の文です。", ["これは文です。", "次の文です。"]),
    ],
)
def test_sentences_end_at_their_marks(text: str, sentences: list[str]) -> None:
    assert _split(text) == sentences


@settings(deadline=None)
@given(st.text(alphabet="aB1 .!?\n„“)(z\u3002", max_size=80))
def test_all_that_is_seen_lies_in_one_sentence(text: str) -> None:
    spans = list(split_sentences(text))

    covered = [position for start, end in spans for position in range(start, end)]
    seen = [position for position, character in enumerate(text) if not character.isspace()]
    assert covered == sorted(set(covered))
    assert set(seen) <= set(covered)
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in spans)
