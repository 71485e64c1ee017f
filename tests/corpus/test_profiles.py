"""A profile is its base with what a recipe changes, and survives being written down."""

from pathlib import Path

import pytest

from mypt.config import validate
from mypt.corpus.profiles import THRESHOLDS, Profile
from mypt.errors import ConfigError


@pytest.mark.parametrize("base", THRESHOLDS)
def test_every_base_is_a_profile_whose_thresholds_exist(base: str) -> None:
    profile = validate({"base": base}, Profile, "recipe")

    assert THRESHOLDS[base].keys() <= Profile.model_fields.keys()
    assert {name: getattr(profile, name) for name in THRESHOLDS[base]} == THRESHOLDS[base]


def test_a_recipe_changes_single_thresholds_and_leaves_rules_out() -> None:
    profile = validate({"base": "prose", "min_words": 5, "min_stop_words": None}, Profile, "recipe")

    assert (profile.min_words, profile.min_stop_words) == (5, None)
    assert profile.max_digits == THRESHOLDS["prose"]["max_digits"]
    assert Profile.model_validate(profile.model_dump(mode="json")) == profile


def test_without_a_word_it_is_that_of_documentation() -> None:
    assert Profile() == Profile(base="reference")


@pytest.mark.parametrize(
    "values", [{"base": "news"}, {"base": 7}, {"base": "law", "min_word": 3}, {"base": []}]
)
def test_what_does_not_exist_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"base|min_word"):
        validate(values, Profile, str(Path("recipe")))
