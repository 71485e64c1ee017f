"""Quotas: exact, in proportion, and honest about what there is."""

from collections import Counter
from random import Random

import pytest

from mypt.errors import InputError
from mypt.sft.generator import GeneratorSettings
from mypt.sft.quotas import apportion, count_by_language, pattern_weights, shuffled_turns

PLENTY = {"a": 1000, "b": 1000, "c": 1000}


@pytest.mark.parametrize(("count", "share", "german"), [(10, 0.4, 4), (5, 0.5, 3), (7, 0.0, 0), (7, 1.0, 7)])
def test_the_german_share_is_exact(count: int, share: float, german: int) -> None:
    assert count_by_language(count, share) == {"en": count - german, "de": german}


def test_quotas_are_in_proportion_and_sum_to_the_count() -> None:
    assert apportion(10, {"a": 2, "b": 1, "c": 1}, PLENTY) == {"a": 5, "b": 3, "c": 2}


def test_what_has_too_little_gives_all_and_the_others_share_the_rest() -> None:
    assert apportion(100, {"a": 2, "b": 1, "c": 1}, {**PLENTY, "a": 10}) == {"a": 10, "b": 45, "c": 45}


def test_more_than_there_is_cannot_be_asked_for() -> None:
    with pytest.raises(InputError, match="asked for 31 different episodes, there are 30 of a, b"):
        apportion(31, {"a": 1, "b": 5}, {"a": 10, "b": 20, "c": 99})


def test_all_of_what_there_is_can_be_asked_for() -> None:
    assert apportion(30, {"a": 1, "b": 5}, {"a": 10, "b": 20}) == {"a": 10, "b": 20}


def test_weights_of_the_settings_take_the_place_of_the_own_ones() -> None:
    settings = GeneratorSettings(generator="g", count=1, patterns={"b": 3, "a": 0})

    assert pattern_weights(settings, {"a": 1, "b": 1}) == {"b": 3}


@pytest.mark.parametrize(
    ("patterns", "message"), [({"copi": 1.0}, "did you mean `copy`"), ({"copy": 0.0}, "weight 0")]
)
def test_wrong_weights_are_refused(patterns: dict[str, float], message: str) -> None:
    settings = GeneratorSettings(generator="g", count=1, patterns=patterns)

    with pytest.raises(InputError, match=message):
        pattern_weights(settings, {"copy": 1})


def test_turns_hold_each_key_as_often_as_its_quota_and_depend_on_the_seed() -> None:
    quotas = {("en", "a"): 30, ("de", "a"): 20}

    first, again, other = (list(shuffled_turns(quotas, Random(seed))) for seed in (1, 1, 2))  # noqa: S311

    assert Counter(first) == quotas
    assert first == again != other
