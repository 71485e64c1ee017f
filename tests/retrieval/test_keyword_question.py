"""A question becomes groups of terms, and nothing in it is syntax."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mypt.retrieval.keyword_question import read_question


def forms(question: str) -> list[tuple[str, ...]]:
    return [tuple(term for term, _ in group.terms) for group in read_question(question)]


def test_stop_words_are_left_out() -> None:
    assert forms("Wie kann man the firewall einrichten?") == [("firewal",), ("einricht",)]


def test_a_question_of_stop_words_alone_keeps_them() -> None:
    assert forms("to be or not to be") == [("to",), ("be",), ("or",), ("not",)]


def test_a_word_that_comes_twice_counts_once() -> None:
    assert forms("Haus und Häuser, house") == [("haus",), ("hous",)]


def test_a_whole_stands_with_the_last_of_its_parts() -> None:
    assert forms("libfoo2-dev") == [("libfoo2",), ("dev", "libfoo2dev")]
    assert forms("SR 220") == [("sr",), ("220", "sr220")]


def test_single_letters_of_a_name_are_no_words() -> None:
    assert forms("E-Mail") == [("mail", "email")]
    assert forms("-r") == [("-r",)]


def test_a_single_digit_is_asked_for() -> None:
    assert forms("Debian 9") == [("debian",), ("9", "debian9")]
    assert forms("CLI 4.0") == [("cli", "cli4.0"), ("4.0",)]


def test_an_option_of_stop_words_is_asked_for_as_a_whole() -> None:
    assert forms("--no") == [("--no",)]


@pytest.mark.parametrize("question", ["", " \n", "?!", "\x00", "«»"])
def test_what_holds_no_word_has_no_group(question: str) -> None:
    assert forms(question) == []


@pytest.mark.parametrize(
    "question",
    ['title:secret AND "NEAR(a b, 3)" OR -x* ^y', "'; DROP TABLE passages; --", "NOT * (", '"', "{x}"],
)
def test_syntax_of_other_engines_is_text(question: str) -> None:
    for group in read_question(question):
        assert group.weight == 1.0
        assert all(term and share == 1.0 for term, share in group.terms)


@given(st.text())
def test_every_text_is_a_question(text: str) -> None:
    for group in read_question(text):
        assert group.terms
