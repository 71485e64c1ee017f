"""Meaning and words join without losing what one of them found."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mypt.retrieval.fusion import best, fuse, join_meanings, standardise
from mypt.retrieval.keyword_index import KeywordScores

NAN = float("nan")
numbers = st.lists(st.integers(-3, 3).map(float) | st.just(-np.inf), max_size=12)


def test_similarities_are_set_against_the_others() -> None:
    values = standardise(np.array([0.9, 0.5, 0.7], dtype=np.float32))

    assert values.mean() == pytest.approx(0)
    assert values.std() == pytest.approx(1)
    assert values.argmax() == 0


def test_a_passage_without_a_vector_moves_no_z_score() -> None:
    assert (
        standardise(np.array([0.9, NAN, 0.5]))[[0, 2]].tolist() == standardise(np.array([0.9, 0.5])).tolist()
    )
    assert np.isnan(standardise(np.array([0.9, NAN]))[1])


def test_equal_similarities_say_nothing() -> None:
    assert standardise(np.array([0.5, 0.5])).tolist() == [0.0, 0.0]
    assert standardise(np.array([0.5])).tolist() == [0.0]


def test_two_embedders_add_up_to_their_sum_over_the_root_of_two() -> None:
    joined = join_meanings({"one": np.array([1.0, -1.0]), "two": np.array([3.0, -3.0])}, {}, 2)

    assert joined == pytest.approx([4 / np.sqrt(2), -4 / np.sqrt(2)])


def test_a_passage_without_one_vector_is_judged_by_the_other() -> None:
    joined = join_meanings({"one": np.array([2.0, 2.0]), "two": np.array([2.0, NAN])}, {}, 2)

    assert joined[0] == joined[1]


def test_an_embedder_can_have_a_smaller_share() -> None:
    joined = join_meanings({"one": np.array([1.0, 3.0]), "two": np.array([3.0, 1.0])}, {"two": 0.5}, 2)

    assert joined == pytest.approx(np.array([2.5, 3.5]) / np.sqrt(1.25))


def test_an_embedder_without_a_share_says_nothing() -> None:
    assert join_meanings({"one": np.array([1.0, -1.0])}, {"one": 0.0}, 2).tolist() == [0.0, 0.0]


def test_a_passage_without_any_vector_lies_at_the_mean() -> None:
    assert join_meanings({"one": np.array([NAN, 1.0])}, {}, 2).tolist() == [0.0, 0.5]
    assert join_meanings({}, {}, 2).tolist() == [0.0, 0.0]


def test_an_embedder_counts_as_far_as_it_has_come() -> None:
    begun = {"one": np.array([3.0, *[NAN] * 9])}

    assert join_meanings(begun, {}, 10)[0] == pytest.approx(0.3)
    assert join_meanings(begun, {}, 10, n_compared=1)[0] == pytest.approx(3.0), "the others are filtered out"


def test_words_count_by_the_square_of_what_they_cover() -> None:
    words = KeywordScores(relevance=np.array([1.0, 1.0, 0.0]), coverage=np.array([1.0, 0.5, 0.0]))

    assert fuse(np.array([0.0, 0.0, 2.0]), words, 4.0).tolist() == [4.0, 1.0, 2.0]


def test_a_shared_word_does_not_push_a_paraphrase_down_but_an_identifier_wins() -> None:
    meaning = np.array([4.0, 1.0])

    shared_word = KeywordScores(relevance=np.array([0.0, 0.3]), coverage=np.array([0.0, 0.3]))
    identifier = KeywordScores(relevance=np.array([0.0, 1.2]), coverage=np.array([0.0, 1.0]))

    assert fuse(meaning, shared_word, 3.0).argmax() == 0
    assert fuse(meaning, identifier, 3.0).argmax() == 1


@given(numbers, st.integers(0, 14))
@settings(deadline=None)
def test_the_best_come_first_and_of_equal_ones_the_first(scores: list[float], n: int) -> None:
    found = best(np.array(scores), n).tolist()

    ranked = sorted(range(len(scores)), key=lambda place: (-scores[place], place))
    assert found == [place for place in ranked if scores[place] > -np.inf][:n]
