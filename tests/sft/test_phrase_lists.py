"""Phrase lists hold as many German phrases as English ones."""

from pathlib import Path

import pytest

from mypt.errors import InputError
from mypt.sft.phrase_lists import _checked, phrase_lists


def test_a_list_is_read_in_both_languages() -> None:
    lists = phrase_lists("operators")

    assert len(lists["copy_train"]["en"]) == len(lists["copy_train"]["de"]) >= 10


@pytest.mark.parametrize(
    ("lists", "message"),
    [
        ({"en": ["a"]}, "expected `en` and `de`"),
        ({"en": ["a", "b"], "de": ["a"]}, "2 phrases in English, 1 in German"),
        ({"en": ["a", "a"], "de": ["a", "b"]}, "a phrase in en comes twice"),
    ],
)
def test_a_list_without_parity_is_refused(lists: dict[str, list[str]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        _checked(str(Path("x.json")), lists)
