"""GOLD: the lowest held-out loss that three guards let through, decided by replaying the history."""

import json
import math
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mypt.training.gold import GoldConfig, GoldDecision, Guard, decide, gold_step
from mypt.training.reports import ValidationReport
from tests.training.runs import HISTORY, make_validation

CONFIG = GoldConfig()


def last(*history: ValidationReport, config: GoldConfig = CONFIG) -> GoldDecision:
    return decide(history, config)[-1]


def held_out(*losses: float) -> list[ValidationReport]:
    return [make_validation(100 * n, held_out=loss) for n, loss in enumerate(losses, start=1)]


def gold(step: int, value: float, threshold: float | None) -> GoldDecision:
    return GoldDecision(
        step=step, is_gold=True, accepted=True, guard=None, value=value, threshold=threshold,
        category="held_out",
    )  # fmt: skip


def rejected(step: int, guard: Guard, value: float, threshold: float, category: str) -> GoldDecision:
    return GoldDecision(
        step=step, is_gold=False, accepted=False, guard=guard, value=value, threshold=threshold,
        category=category,
    )  # fmt: skip


def test_thresholds_have_defaults() -> None:
    assert (CONFIG.overfit_ratio, CONFIG.consecutive_rises, CONFIG.eval_regression) == (2.0, 2, 0.20)


def test_the_first_accepted_checkpoint_is_gold() -> None:
    assert last(*held_out(3.0)) == gold(100, 3.0, None)


def test_a_lower_one_takes_its_place_and_names_what_it_beat() -> None:
    assert last(*held_out(3.0, 2.5)) == gold(200, 2.5, 3.0)


def test_one_that_is_not_lower_is_accepted_and_not_gold() -> None:
    assert last(*held_out(2.5, 2.6)) == replace(gold(200, 2.6, 2.5), is_gold=False)
    assert last(*held_out(2.5, 2.5)).is_gold is False


def test_the_untrained_model_is_never_gold() -> None:
    decision = last(make_validation(0, held_out=1.0))

    assert (decision.is_gold, decision.accepted, decision.guard) == (False, False, "before_training")
    assert gold_step(decide([make_validation(0, held_out=1.0)], CONFIG)) is None


def test_a_loss_that_is_too_far_above_that_of_the_training_text_is_overfit() -> None:
    decision = last(make_validation(100, held_out=2.2, train=1.0))

    assert decision == rejected(100, "overfit_ratio", 2.2, 2.0, "train")


def test_a_ratio_at_the_threshold_is_let_through() -> None:
    assert last(make_validation(100, held_out=2.0, train=1.0)).accepted


def test_without_a_loss_on_training_text_nothing_is_overfit() -> None:
    assert last(make_validation(100, held_out=50.0)).accepted


def test_a_training_loss_of_zero_is_infinitely_overfit() -> None:
    decision = last(make_validation(100, held_out=0.5, train=0.0))

    assert (decision.guard, decision.value) == ("overfit_ratio", None)


def test_two_rises_in_a_row_reject_and_one_does_not() -> None:
    decisions = decide(held_out(2.0, 2.1, 2.2, 2.1, 2.3), CONFIG)

    assert [decision.guard for decision in decisions] == [None, None, "consecutive_rises", None, None]
    assert (decisions[2].value, decisions[2].threshold) == (2.0, 2.0)


def test_an_equal_loss_ends_the_rises() -> None:
    assert last(*held_out(2.0, 2.1, 2.1, 2.2)).accepted


def test_the_number_of_rises_is_a_setting() -> None:
    strict = GoldConfig(consecutive_rises=1)

    assert last(*held_out(2.0, 2.1), config=strict).guard == "consecutive_rises"
    assert last(*held_out(2.0, 2.1, 2.2, 2.3), config=GoldConfig(consecutive_rises=4)).accepted


def test_an_eval_set_above_its_lowest_rejects_and_is_named() -> None:
    decision = last(
        make_validation(100, held_out=3.0, domain=2.0, code=1.0),
        make_validation(200, held_out=2.9, domain=1.0, code=1.0),
        make_validation(300, held_out=2.8, domain=1.5, code=1.1),
    )

    assert decision == rejected(300, "eval_regression", 0.5, 0.20, "domain")


def test_the_eval_set_that_rose_most_is_the_one_named() -> None:
    decision = last(
        make_validation(100, held_out=3.0, a=1.0, b=1.0), make_validation(200, held_out=2.0, a=1.3, b=1.5)
    )

    assert (decision.category, decision.value) == ("b", 0.5)


def test_the_untrained_model_counts_for_regression() -> None:
    """Adaptation starts from a model that knows something, which it may not forget."""
    decision = last(
        make_validation(0, held_out=3.0, general=1.0), make_validation(100, held_out=2.0, general=1.4)
    )

    assert (decision.guard, decision.category) == ("eval_regression", "general")


def test_an_eval_set_that_comes_later_cannot_have_risen() -> None:
    assert last(make_validation(100, held_out=3.0), make_validation(200, held_out=2.0, late=9.0)).accepted


def test_an_eval_set_whose_lowest_is_zero_may_not_rise_at_all() -> None:
    history = [make_validation(100, held_out=3.0, domain=0.0), make_validation(200, held_out=2.0, domain=0.0)]

    assert decide(history, CONFIG)[-1].accepted
    assert last(*history, make_validation(300, held_out=1.0, domain=0.1)).guard == "eval_regression"


def test_held_out_and_training_text_are_no_eval_sets() -> None:
    history = [make_validation(100, held_out=1.0, train=1.0), make_validation(200, held_out=1.5, train=1.5)]

    assert decide(history, CONFIG)[-1].accepted


@pytest.mark.parametrize("category", ["held_out", "train", "domain"])
@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_no_number_rejects_and_is_no_lowest(category: str, loss: float) -> None:
    whole = {"held_out": 2.0, "train": 1.5, "domain": 2.0}
    history = [make_validation(100, **{**whole, category: loss}), make_validation(200, **whole)]

    first, second = decide(history, CONFIG)

    assert (first.guard, first.category, first.value) == ("not_finite", category, None)
    assert (second.is_gold, second.threshold) == (True, None)


def test_a_rejected_checkpoint_is_no_measure_for_later_ones() -> None:
    decisions = decide(
        [make_validation(100, held_out=2.2, train=1.0), make_validation(200, held_out=2.5, train=2.0)], CONFIG
    )

    assert [decision.is_gold for decision in decisions] == [False, True]


def test_each_guard_rejects_its_checkpoint_of_a_run() -> None:
    decisions = decide(HISTORY, CONFIG)

    assert [(decision.step, decision.guard) for decision in decisions] == [
        (0, "before_training"), (100, None), (200, "eval_regression"), (300, None), (400, None),
        (500, "consecutive_rises"), (600, "overfit_ratio"),
    ]  # fmt: skip
    assert gold_step(decisions) == 300


def test_a_run_whose_every_validation_is_rejected_has_no_gold() -> None:
    assert gold_step(decide([make_validation(n, held_out=3.0, train=1.0) for n in (1, 2)], CONFIG)) is None


@given(
    st.lists(
        st.fixed_dictionaries({name: st.floats(0.01, 10) for name in ("held_out", "train", "domain")}),
        max_size=12,
    ),
    st.integers(0, 12),
)
def test_a_resumed_history_decides_as_an_unbroken_one(losses: list[dict[str, float]], cut: int) -> None:
    history = [make_validation(10 * n, **bits) for n, bits in enumerate(losses)]
    again = [ValidationReport.from_json(json.loads(json.dumps(asdict(report)))) for report in history[:cut]]

    assert decide([*again, *history[cut:]], CONFIG) == decide(history, CONFIG)
    assert decide(history[:cut], CONFIG) == decide(history, CONFIG)[:cut]


@given(
    st.lists(
        st.fixed_dictionaries({name: st.floats(0.01, 10) for name in ("held_out", "train")}), max_size=12
    )
)
def test_gold_is_the_lowest_of_those_that_were_accepted(losses: list[dict[str, float]]) -> None:
    history = [make_validation(10 * n, **bits) for n, bits in enumerate(losses, start=1)]

    decisions = decide(history, CONFIG)

    accepted = {decision.step: decision.value for decision in decisions if decision.accepted}
    gold = gold_step(decisions)
    assert (gold is None) == (not accepted)
    assert gold is None or accepted[gold] == min(value for value in accepted.values() if value is not None)


def test_copying_may_get_worse_while_language_is_learned() -> None:
    history = [make_validation(0, held_out=8.0, copy=8.0), make_validation(100, held_out=3.0, copy=12.0)]

    assert decide(history, CONFIG)[-1].is_gold
