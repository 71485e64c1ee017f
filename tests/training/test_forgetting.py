"""The gate passes what is surely good enough, fails what surely is not, and says when it cannot tell."""

import numpy as np
import pytest

from mypt.errors import InputError
from mypt.training.forgetting import GateResult, Interval, bootstrap_interval, judge
from mypt.training.window_losses import WindowLosses


def losses(nats: np.ndarray) -> WindowLosses:
    sizes = np.arange(len(nats)) + 50
    return WindowLosses(nats, sizes, 3 * sizes)


def pair(change: float, noise: float, n_windows: int = 64) -> tuple[WindowLosses, WindowLosses]:
    """Return a parent, and a child whose windows changed by about `change`."""
    generator = np.random.default_rng(0)
    parent = generator.gamma(20.0, 1.0, n_windows)
    changes = generator.normal(0.0, noise, n_windows)
    return losses(parent), losses(parent * (1.0 + change + changes - changes.mean()))


def gate(change: float, noise: float, n_windows: int = 64) -> GateResult:
    parent, child = pair(change, noise, n_windows)
    return judge("general", parent, child, max_regression=0.02)


def interval_of(result: GateResult) -> Interval:
    assert result.interval is not None
    return result.interval


def test_a_model_that_forgot_nothing_passes() -> None:
    result = gate(change=-0.01, noise=0.01)

    assert result.passed
    assert result.outcome == "passed"
    interval = interval_of(result)
    assert interval.lower < interval.change < interval.upper < 0.0


def test_a_model_that_forgot_fails() -> None:
    result = gate(change=0.05, noise=0.01)

    assert not result.passed
    assert result.outcome == "failed"
    assert interval_of(result).lower > 0.02
    assert result.reason.startswith("+4.98% bits per byte against the parent")
    assert result.reason.endswith("64 windows), allowed +2.00%")


def test_a_mean_that_is_good_enough_does_not_pass_when_the_interval_is_wide() -> None:
    result = gate(change=0.01, noise=0.10)

    interval = interval_of(result)
    assert interval.change < 0.02
    assert interval.lower < 0.02 < interval.upper
    assert result.outcome == "undecided"
    assert not result.passed
    assert "more windows" in result.reason


@pytest.mark.parametrize(("n_windows", "outcome"), [(1, "undecided"), (29, "undecided"), (30, "passed")])
def test_too_few_windows_decide_nothing(n_windows: int, outcome: str) -> None:
    result = gate(change=-0.01, noise=0.001, n_windows=n_windows)

    assert result.outcome == outcome
    assert ("fewer than 30 windows" in result.reason) == (outcome == "undecided")


def test_a_loss_that_is_no_number_fails() -> None:
    parent, child = pair(change=0.0, noise=0.01)
    child.nats[3] = np.nan

    result = judge("general", parent, child, max_regression=0.02)

    assert (result.outcome, result.interval) == ("failed", None)


def test_the_limit_itself_is_allowed() -> None:
    parent, _ = pair(change=0.0, noise=0.0)

    assert judge("general", parent, parent, max_regression=0.0).outcome == "passed"


def test_pairs_make_the_interval_narrow_where_windows_differ_much() -> None:
    parent, child = pair(change=0.01, noise=0.001)

    interval = bootstrap_interval(parent, child, seed=1)

    spread = parent.nats.std() / parent.nats.mean() / 8  # of a mean of 64 windows that are not paired
    assert interval.upper - interval.lower < 0.05 * spread
    assert interval.change == pytest.approx(0.01, abs=0.001)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    generator = np.random.default_rng(7)
    covered = 0
    for _ in range(100):
        parent = generator.gamma(20.0, 1.0, 64)
        child = parent * (1.01 + generator.normal(0.0, 0.02, 64))
        interval = bootstrap_interval(losses(parent), losses(child), seed=0, n=200)
        covered += interval.lower <= 0.01 <= interval.upper

    assert 88 <= covered <= 99


def test_the_same_seed_gives_the_same_interval() -> None:
    parent, child = pair(change=0.01, noise=0.02)

    assert bootstrap_interval(parent, child, seed=3) == bootstrap_interval(parent, child, seed=3)
    assert bootstrap_interval(parent, child, seed=3) != bootstrap_interval(parent, child, seed=4)


def test_different_windows_cannot_be_compared() -> None:
    parent, _ = pair(change=0.0, noise=0.0)
    _, other = pair(change=0.0, noise=0.0, n_windows=63)

    with pytest.raises(InputError, match="different windows: 64 and 63"):
        judge("general", parent, other, max_regression=0.02)
