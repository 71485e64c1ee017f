"""The learning rate as a function of the step."""

import pytest

from mypt.training.recipe import TrainingConfig
from mypt.training.schedule import learning_rate

CONFIG = TrainingConfig(steps=110, warmup_steps=10, learning_rate=1.0, min_lr_ratio=0.1)


def test_the_warm_up_is_linear_and_starts_above_zero() -> None:
    assert [learning_rate(step, CONFIG) for step in (0, 4, 9)] == pytest.approx([0.1, 0.5, 1.0])


def test_the_cosine_starts_at_the_top_and_ends_at_its_floor() -> None:
    assert learning_rate(10, CONFIG) == pytest.approx(1.0)
    assert learning_rate(109, CONFIG) == pytest.approx(0.1)


def test_the_cosine_is_half_way_in_the_middle() -> None:
    config = TrainingConfig(steps=101, learning_rate=2.0, min_lr_ratio=0.0)

    assert learning_rate(50, config) == pytest.approx(1.0)


def test_the_rate_never_rises_after_the_warm_up() -> None:
    rates = [learning_rate(step, CONFIG) for step in range(10, 110)]

    assert rates == sorted(rates, reverse=True)
