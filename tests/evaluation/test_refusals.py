"""What is a refusal and what is not."""

import pytest

from mypt.evaluation.refusals import is_refusal, refusal_phrases, sentences
from mypt.evaluation.words import words


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The passages do not say who built it.", "en"),
        ("I DON\u2019T KNOW.", "en"),
        ("Das geht daraus nicht hervor.", "de"),
        ("Wer es gebaut hat, steht nicht in den Passagen.", "de"),
        ("Das weiss ich nicht.", "de"),
    ],
)
def test_a_refusal_is_known_in_its_language_and_without_one(text: str, language: str) -> None:
    assert is_refusal(text, language)  # type: ignore[arg-type]
    assert is_refusal(text)


@pytest.mark.parametrize(
    "text",
    ["It was built in 1954.", "I think it was 1954.", "Vermutlich zwei Monate.", "", "No.", "Nein."],
)
def test_a_fact_and_a_hedge_are_no_refusal(text: str) -> None:
    assert not is_refusal(text)


def test_a_refusal_of_the_other_language_does_not_count_where_one_is_asked_for() -> None:
    assert not is_refusal("I do not know.", "de")


def test_each_phrase_is_listed_once_and_says_something() -> None:
    for phrases in refusal_phrases().values():
        normal = [tuple(words(phrase)) for phrase in phrases]

        assert len(set(normal)) == len(normal)
        assert all(normal)


def test_sentences_end_at_marks_and_lines_but_not_inside_numbers() -> None:
    assert sentences("It is 3.5 m. The year\nis not known!") == ["It is 3.5 m.", "The year", "is not known!"]
