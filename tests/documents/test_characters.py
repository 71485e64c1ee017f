"""Line ends, spaces and accents get one form; the rest of the text is left alone."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mypt.documents.characters import normalise_characters


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("\ufeffTitle", "Title"),
        ("one\r\ntwo\rthree\n", "one\ntwo\nthree\n"),
        ("Ein\u00adheit", "Einheit"),
        ("Art.\u00a05", "Art. 5"),
        ("12\u202fCHF", "12 CHF"),
        ("u\u0308ber", "über"),
    ],
)
def test_each_lookalike_gets_its_one_form(raw: str, clean: str) -> None:
    assert normalise_characters(raw) == clean


@pytest.mark.parametrize(
    "text",
    [
        "„Grüezi“ – «Salü» ‚ja‘ … 5 %",  # noqa: RUF001
        "    indented\n\n\n\tcode\n",
        "1bis m² CO₂ ½ é ñ ß",
        "👩\u200d👩\u200d👧",
    ],
)
def test_quotes_dashes_umlauts_indentation_and_blank_lines_stay(text: str) -> None:
    assert normalise_characters(text) == text


@given(st.text())
def test_cleaning_twice_changes_nothing_more(raw: str) -> None:
    once = normalise_characters(raw)

    assert normalise_characters(once) == once
    assert unicodedata.is_normalized("NFC", once)
