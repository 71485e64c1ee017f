"""BM25 and coverage are those of the definition, from allowed passages alone."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mypt.retrieval.analysis import pieces
from mypt.retrieval.keyword_build import build_index
from mypt.retrieval.keyword_index import Group, KeywordIndex, Mask
from mypt.retrieval.settings import KeywordSettings

EVERY_WORD = KeywordSettings(frequent_share=1.0)
WORDS = ("alpha", "beta", "gamma", "delta", "rho")
some_texts = st.lists(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join), min_size=1, max_size=9)
some_words = st.lists(st.sampled_from((*WORDS, "omega")), unique=True, max_size=4)


def groups(*words: str) -> list[Group]:
    return [Group(((next(pieces(word)).term, 1.0),)) for word in words]


def by_definition(texts: list[str], words: list[str]) -> tuple[list[float], list[float]]:
    """Return relevance and coverage straight from the formula."""
    mean = max(1.0, sum(len(text.split()) for text in texts) / len(texts))
    frequencies = {word: sum(word in text.split() for text in texts) for word in words}
    rarity = {word: math.log(1 + (len(texts) - n + 0.5) / (n + 0.5)) for word, n in frequencies.items()}
    total = sum(rarity.values()) or 1.0
    relevance, coverage = [], []
    for text in texts:
        there = text.split()
        penalty = 1.2 * (0.25 + 0.75 * len(there) / mean)
        counts = {word: there.count(word) for word in words}
        relevance.append(sum(rarity[w] * 2.2 * n / (n + penalty) for w, n in counts.items() if n) / total)
        coverage.append(sum(rarity[w] for w, n in counts.items() if n) / total)
    return relevance, coverage


@given(some_texts, some_words)
@settings(max_examples=200, deadline=None)
def test_scores_are_those_of_the_formula(texts: list[str], words: list[str]) -> None:
    scores = build_index(texts).score(groups(*words), EVERY_WORD)

    relevance, coverage = by_definition(texts, words)
    assert scores.relevance == pytest.approx(relevance)
    assert scores.coverage == pytest.approx(coverage)


@given(some_texts, some_words, st.data())
@settings(max_examples=200, deadline=None)
def test_forbidden_passages_move_nothing(texts: list[str], words: list[str], data: st.DataObject) -> None:
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(texts), max_size=len(texts))), dtype=bool)
    index, question = build_index(texts), groups(*words)
    alone = build_index([text for text, is_allowed in zip(texts, mask, strict=True) if is_allowed])

    masked = index.score(question, KeywordSettings(), mask)
    restricted = index.restricted_to(mask).score(question, KeywordSettings())

    expected = alone.score(question, KeywordSettings())
    for scores in (restricted.relevance, masked.relevance[mask]):
        assert scores.tolist() == expected.relevance.tolist()
    for scores in (restricted.coverage, masked.coverage[mask]):
        assert scores.tolist() == expected.coverage.tolist()
    assert not masked.relevance[~mask].any()


def scored(index: KeywordIndex, question: list[Group], allowed: Mask | None = None) -> list[float]:
    return index.score(question, EVERY_WORD, allowed).relevance.round(3).tolist()


def test_one_form_of_a_word_is_enough_and_two_are_not_more() -> None:
    index = build_index(["email", "mail", "email mail", "rho rho"])
    either = [Group((("email", 1.0), ("mail", 1.0)))]

    scores = index.score(either, EVERY_WORD)

    assert scores.coverage.tolist() == [1.0, 1.0, 1.0, 0.0]
    assert scores.relevance[2] <= scores.relevance[0]


def test_a_form_that_is_half_of_a_word_counts_half() -> None:
    index = build_index(["alpha", "beta", "gamma", "gamma"])

    coverage = index.score([Group((("alpha", 1.0), ("beta", 0.5)))], EVERY_WORD).coverage

    assert coverage.tolist() == [1.0, 0.5, 0.0, 0.0]


def test_an_unknown_word_lowers_what_all_others_cover() -> None:
    index = build_index(["alpha", "beta"])

    known = index.score(groups("alpha"), EVERY_WORD).coverage
    both = index.score(groups("alpha", "omega"), EVERY_WORD).coverage

    assert known[0] == 1.0
    assert 0 < both[0] < 0.5


def test_frequent_words_are_left_out_where_rarer_ones_are_asked_for() -> None:
    index = build_index([*(f"alpha w{number}" for number in range(20)), "alpha beta gamma delta rho"])
    sparing = KeywordSettings(frequent_share=0.5, rare_terms=4)

    alone = index.score(groups("beta", "gamma", "delta", "rho"), sparing)
    with_frequent = index.score(groups("alpha", "beta", "gamma", "delta", "rho"), sparing)

    assert with_frequent.relevance.tolist() == alone.relevance.tolist()
    assert scored(index, groups("alpha"))[0] > 0


def test_only_the_rarest_words_of_a_very_long_question_are_looked_for() -> None:
    index = build_index([" ".join(f"w{n}" for n in range(200)), *(f"w{n}" for n in range(100))])

    few = index.score(groups(*(f"w{n}" for n in range(200))), KeywordSettings(most_terms=100))
    same = index.score(groups(*(f"w{n}" for n in range(100, 200))), KeywordSettings(most_terms=100))

    assert few.relevance.tolist() == same.relevance.tolist()


def test_nothing_is_found_where_nothing_is_allowed() -> None:
    index = build_index(["alpha"])

    assert scored(index, groups("alpha"), np.zeros(1, dtype=bool)) == [0.0]
    assert scored(index, []) == [0.0]
    assert scored(build_index([]), groups("alpha")) == []


def test_frequencies_are_counted_in_passages() -> None:
    index = build_index(["alpha alpha", "alpha beta", "rho"])

    assert [index.frequency(word) for word in ("alpha", "beta", "omega")] == [2, 1, 0]
    assert index.restricted_to(np.array([True, False, True])).frequency("alpha") == 1
