"""Shares add up to one, replay cannot be left out, and a share that cannot be held is said or shrunk."""

from typing import Any

import pytest

from mypt.config import validate
from mypt.errors import ConfigError, InputError
from mypt.sft.mix_recipe import MixRecipe, plan_total, wanted_tokens


def recipe(phase: int = 3, **values: Any) -> MixRecipe:
    """Return a recipe with two inputs and whatever replay its phase needs."""
    settings: dict[str, Any] = {
        "phase": phase,
        "inputs": {"rag": {"artifact": "rag", "share": 3}, "chat": {"artifact": "chat", "share": 1}},
        "earlier": {str(number): {"artifact": f"phase{number}"} for number in range(1, phase)},
        "pretraining": {"dataset": "dataset", "share": 0.02},
    }
    return validate(settings | values, MixRecipe, "test")


def test_replay_takes_the_shares_of_the_curriculum_and_the_phase_the_rest() -> None:
    shares = recipe().shares()

    assert shares == pytest.approx(
        {"rag": 0.92 * 0.75, "chat": 0.92 * 0.25, "phase1": 0.03, "phase2": 0.03, "pretraining": 0.02}
    )


def test_a_share_of_replay_may_be_another_one() -> None:
    earlier = {"1": {"artifact": "a", "share": 0.1}, "2": {"artifact": "b"}}

    shares = recipe(earlier=earlier, pretraining=None).shares()

    assert (shares["phase1"], shares["phase2"]) == (0.1, 0.03)
    assert sum(shares.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"earlier": {"1": {"artifact": "a"}}}, "replay of phase 2 is missing"),
        ({"phase": 1, "earlier": {"1": {"artifact": "a"}}}, "phase 1 is not earlier than phase 1"),
        ({"inputs": {"phase1": {"artifact": "a"}}}, "'phase1' is taken by replay"),
        ({"inputs": {}}, "inputs"),
        ({"pretraining": {"dataset": "d", "share": 0.2}}, "pretraining.share"),
        ({"inputs": {"rag": {"artifact": "a", "repeat": 0}}}, "repeat"),
        ({"total": 5}, "total: no such setting"),
    ],
)
def test_what_breaks_the_curriculum_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        recipe(**values)


def test_pretraining_text_is_left_out_only_where_the_recipe_says_so() -> None:
    with pytest.raises(ConfigError, match="pretraining: this setting is required"):
        validate({"phase": 1, "inputs": {"a": {"artifact": "a"}}}, MixRecipe, "test")


def test_without_a_number_the_phase_gives_what_its_own_inputs_have() -> None:
    own = {"rag": 6900, "chat": 4600}

    assert wanted_tokens(recipe(), own) == pytest.approx(10_000)  # 6900 are 69 %
    assert wanted_tokens(recipe(supervised_tokens=500), own) == 500


ENOUGH = {"rag": 6900, "chat": 4600, "phase1": 300, "phase2": 300, "pretraining": 200}


def test_what_is_just_enough_is_not_short() -> None:
    plan = plan_total(recipe(), 10_000, ENOUGH)

    assert (plan.total, plan.short) == (10_000, ())


def test_a_short_input_stops_the_mix_and_the_hint_says_what_is_possible() -> None:
    with pytest.raises(InputError, match=r"'phase2': its share of 3.0% is 300 .* it can give 150") as caught:
        plan_total(recipe(), 10_000, ENOUGH | {"phase2": 150})

    assert "5,000" in caught.value.hint


def test_a_short_input_shrinks_the_whole_where_the_recipe_says_so() -> None:
    plan = plan_total(recipe(on_short="shrink"), 10_000, ENOUGH | {"phase2": 150})

    assert (plan.wanted, plan.short) == (10_000, ("phase2",))
    assert plan.total == pytest.approx(5_000)
