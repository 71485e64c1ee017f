"""Texts compared by their words."""

import pytest

from mypt.evaluation.words import holds, holds_all_words, words


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("It has 12 rooms.", "12"),
        ("IT IS ZÜRICH!", "Zürich"),
        ("an den Grossen Rat", "Großen Rat"),
        ("I don\u2019t know", "don't know"),
        ("about -3.5 °C", "-3.5"),
        ("run apt-get update", "apt get"),
        ("=> x", "=>"),
    ],
)
def test_a_phrase_is_found_whatever_its_case_and_punctuation(text: str, phrase: str) -> None:
    assert holds(text, phrase)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [("112", "12"), ("12.5", "12"), ("12,5", "5"), ("-12", "12"), ("Berliner", "Berlin"), ("a => b", "=>>")],
)
def test_a_part_of_a_word_or_number_is_not_the_phrase(text: str, phrase: str) -> None:
    assert not holds(text, phrase)


def test_words_may_stand_apart_where_all_are_wanted() -> None:
    assert holds_all_words("notice period in the first year", "period notice")
    assert not holds_all_words("notice in the first year", "period notice")
    assert not holds_all_words("anything", "?")


def test_a_composed_and_a_decomposed_letter_are_one() -> None:
    assert words("Zu\u0308rich") == words("Z\u00fcrich")
