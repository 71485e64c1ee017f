"""The range test finds the rate, stops in time, and unsafe rates are refused."""

import math

import pytest

from mypt.errors import ConfigError, TrainingError
from mypt.training.lr_finder import find_rate, ramp, refuse_unsafe, safe_rate, suggest


class Bowl:
    """Descent on x²: it shrinks fastest at rate 0.5 and runs away above 1."""

    def __init__(self) -> None:
        self.x = 10.0
        self.rates: list[float] = []

    def take_step(self, rate: float) -> float:
        self.rates.append(rate)
        loss = self.x**2
        self.x -= rate * 2.0 * self.x
        return loss


def test_rates_rise_exponentially_between_the_bounds() -> None:
    rates = ramp(1e-4, 1.0, 5)

    assert rates == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1, 1.0])


def test_the_suggestion_lies_where_the_loss_falls_and_below_where_it_is_lowest() -> None:
    rates = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0]

    assert suggest(rates, [10.0, 9.9, 9.0, 5.0, 4.9, 20.0]) == 1e-3  # from 9.0 to 5.0
    assert suggest(rates, [10.0, 9.9, 9.8, 9.7, 5.0, 20.0]) == pytest.approx(1e-2)
    assert suggest(rates, [10.0, 9.9, 5.0, 6.0, 7.0, 8.0]) == pytest.approx(1e-4)
    assert suggest(rates, [10.0, 9.0, 11.0, 12.0, 13.0, 14.0]) == pytest.approx(1e-5)
    assert suggest([1e-3, 2e-3, 4e-3, 8e-3], [10.0, 9.9, 5.0, 20.0]) == pytest.approx(4e-4)


def test_a_test_ends_when_the_loss_runs_away_and_suggests_a_rate_that_does_not() -> None:
    bowl = Bowl()

    found = find_rate(bowl.take_step, lowest=1e-4, highest=100.0, steps=200)

    assert found.has_diverged
    assert len(found.rates) == len(found.losses) == len(found.smoothed) < 200
    assert found.rates == tuple(bowl.rates)
    assert 1e-3 < found.suggestion < 0.5


def test_a_loss_that_is_no_number_ends_the_test_without_being_counted() -> None:
    def take_step(rate: float) -> float:
        return 5.0 - math.log10(rate) if rate < 0.1 else math.nan

    found = find_rate(take_step, lowest=1e-4, highest=10.0, steps=50)

    assert found.has_diverged
    assert all(math.isfinite(loss) for loss in found.losses)
    assert max(found.rates) < 0.1


def test_a_test_that_saw_no_divergence_says_so() -> None:
    found = find_rate(lambda rate: 5.0 - math.log10(rate), lowest=1e-4, highest=1e-2, steps=20)

    assert not found.has_diverged
    assert len(found.rates) == 20


def test_smoothing_follows_a_constant_loss_from_the_first_step_on() -> None:
    losses = iter([4.0, 4.0, 4.0, 3.0])

    found = find_rate(lambda _: next(losses), lowest=1e-4, highest=1e-1, steps=4)

    assert found.smoothed[:3] == pytest.approx([4.0, 4.0, 4.0])
    assert 3.0 < found.smoothed[3] < 4.0


@pytest.mark.parametrize("losses", [[], [3.0], [3.0, 4.0, 5.0]])
def test_a_loss_that_never_fell_suggests_nothing(losses: list[float]) -> None:
    with pytest.raises(TrainingError, match="never fell"):
        suggest([10.0**i for i in range(len(losses))], losses)


@pytest.mark.parametrize(("lowest", "highest", "steps"), [(0.0, 1.0, 5), (1.0, 0.1, 5), (0.1, 1.0, 1)])
def test_bounds_that_do_not_rise_are_refused(lowest: float, highest: float, steps: int) -> None:
    with pytest.raises(ConfigError, match="rates must rise"):
        ramp(lowest, highest, steps)


def test_a_rate_far_above_the_last_one_of_the_parent_is_refused_unless_forced() -> None:
    assert safe_rate(1e-5, 3.0) == pytest.approx(3e-5)

    refuse_unsafe(3e-5, 1e-5, 3.0, forced=False)
    refuse_unsafe(1e-3, 1e-5, 3.0, forced=True)
    with pytest.raises(ConfigError, match=r"learning_rate=0\.0001 is above 3e-05") as caught:
        refuse_unsafe(1e-4, 1e-5, 3.0, forced=False)
    assert caught.value.hint.startswith("--set training.learning_rate=3e-05")


def test_the_rate_of_the_hint_is_not_refused() -> None:
    for final in (1e-5, 2.2222222e-5, 7e-5 / 3):
        with pytest.raises(ConfigError) as caught:
            refuse_unsafe(1.0, final, 3.0, forced=False)
        advised = float(caught.value.hint.split("=")[1].split(",")[0])
        refuse_unsafe(advised, final, 3.0, forced=False)


def test_nothing_is_safe_for_a_parent_that_does_not_say_its_rate() -> None:
    refuse_unsafe(1e-5, None, 3.0, forced=True)
    with pytest.raises(ConfigError, match="does not say"):
        refuse_unsafe(1e-5, None, 3.0, forced=False)
