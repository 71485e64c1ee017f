"""Compounds that stand nowhere are asked for by their parts."""

from collections.abc import Mapping

import pytest

from mypt.retrieval.analysis import stem
from mypt.retrieval.compounds import Frequency, split_compound, with_compounds_split
from mypt.retrieval.keyword_index import Group
from mypt.retrieval.keyword_question import read_question


def known(**words: int) -> Frequency:
    frequencies: Mapping[str, int] = {stem(word): n for word, n in words.items()}
    return lambda term: frequencies.get(term, 0)


VOCABULARY = known(
    Kranke=9, Versicherung=7, Gesetz=8, Haus=5, Tür=3, Schlüssel=4, Liebe=2, Brief=6, Kind=5, Garten=4,
    Strafe=3, Verfolgung=2, Paket=6, Verwaltung=5,
)  # fmt: skip


@pytest.mark.parametrize(
    ("compound", "modifier", "head"),
    [
        ("Krankenversicherung", "Kranke", "Versicherung"),
        ("Versicherungsgesetz", "Versicherung", "Gesetz"),
        ("Gartenhäuser", "Garten", "Haus"),
        ("Liebesbrief", "Liebe", "Brief"),
        ("Kindergarten", "Kind", "Garten"),
        ("Strafverfolgung", "Strafe", "Verfolgung"),
        ("Paketverwaltungen", "Paket", "Verwaltung"),
    ],
)
def test_a_compound_is_taken_apart_at_its_link(compound: str, modifier: str, head: str) -> None:
    assert split_compound(stem(compound), VOCABULARY) == (stem(modifier), stem(head))


@pytest.mark.parametrize("word", ["Verwaltung", "Unbekannteswort", "Hausxyzabc", "installation"])
def test_what_is_not_made_of_known_words_stays_whole(word: str) -> None:
    assert split_compound(stem(word), VOCABULARY) == ()


def test_of_several_ways_the_more_frequent_words_win() -> None:
    words = known(Staub=9, Ecken=1, Staube=1, Decken=9)

    assert split_compound("staubdecken", lambda term: max(words(term), words(stem(term)))) == (
        stem("Staub"),
        "decken",
    )


def test_the_parts_weigh_together_what_the_word_weighs() -> None:
    split = with_compounds_split(read_question("Krankenversicherung"), VOCABULARY)

    assert split == [
        Group(((stem("Kranke"), 1.0),), 0.5),
        Group(((stem("Versicherung"), 1.0),), 0.5),
    ]


def test_a_compound_that_some_passage_has_is_left_whole() -> None:
    vocabulary = known(Haustür=1, Haus=5, Tür=3)
    question = read_question("Haustür")

    assert with_compounds_split(question, vocabulary) == question


def test_identifiers_and_short_words_are_left_whole() -> None:
    question = read_question("Haustor libhaus-tür2 Haus")

    assert with_compounds_split(question, VOCABULARY) == question
