"""Characters nobody sees."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mypt.extraction.clean import clean, one_line


@pytest.mark.parametrize(
    ("raw", "expected", "n_lost"),
    [
        ("pass\u200bword", "password", 1),
        ("a\u202edcb\u202c", "adcb", 2),
        ("a\x00b\x07", "ab", 2),
        ("\U000e0069\U000e0067nore", "nore", 2),
        ("\ud800x", "x", 1),
        ("\ufeffText\u00ad\u00a0mehr", "Text mehr", 0),
        ("a\r\nb\rc\u2028d\x0ce", "a\nb\nc\nd\ne", 0),
        ("u\u0308ber", "über", 0),
        ("tab\tstays \U0001f600", "tab\tstays \U0001f600", 0),
    ],
)
def test_invisible_characters_go_and_are_counted(raw: str, expected: str, n_lost: int) -> None:
    assert clean(raw) == (expected, n_lost)


@given(st.text(st.characters()))
def test_clean_text_is_clean_in_nfc_and_can_be_written(raw: str) -> None:
    text, _ = clean(raw)

    assert clean(text) == (text, 0)
    assert unicodedata.is_normalized("NFC", text)
    text.encode("utf-8")


def test_a_title_is_one_line_and_not_endless() -> None:
    assert one_line("  A\n title\t here ") == "A title here"
    assert len(one_line("x" * 10_000)) == 300
