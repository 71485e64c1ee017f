"""Windows add up to a category."""

import math

import numpy as np
import pytest

from mypt.errors import InputError
from mypt.training.window_losses import WindowLosses, joined


def losses(*, nats: list[float], n_tokens: list[int], n_bytes: list[int]) -> WindowLosses:
    return WindowLosses(np.array(nats), np.array(n_tokens), np.array(n_bytes))


def test_a_category_is_the_sum_of_its_windows_and_not_the_mean_of_their_means() -> None:
    total = losses(nats=[4.0, 6.0], n_tokens=[2, 8], n_bytes=[5, 15]).total()

    assert total.nats_per_token == 1.0
    assert total.bits_per_byte == pytest.approx(10.0 / math.log(2) / 20)
    assert (total.n_tokens, total.n_bytes, total.accuracy) == (10, 20, None)


def test_hits_are_counted_per_token() -> None:
    total = WindowLosses(np.ones(2), np.array([3, 5]), np.array([3, 5]), np.array([1, 1])).total()

    assert total.accuracy == 0.25


def test_the_sum_does_not_depend_on_how_windows_were_grouped() -> None:
    nats = np.random.default_rng(0).normal(size=101) ** 9
    ones = np.ones(101, dtype=np.int64)
    whole = WindowLosses(nats, ones, ones)

    parts = [WindowLosses(nats[i : i + 7], ones[i : i + 7], ones[i : i + 7]) for i in range(0, 101, 7)]

    assert joined(parts).total() == whole.total()
    assert joined(parts).n_windows == 101


def test_joining_keeps_hits() -> None:
    part = WindowLosses(np.ones(1), np.array([3]), np.array([3]), np.array([2]))

    together = joined([part, part])

    assert together.n_hits is not None
    assert together.n_hits.tolist() == [2, 2]


def test_windows_without_text_are_refused() -> None:
    with pytest.raises(InputError, match="2 windows hold no byte of text"):
        losses(nats=[0.0, 0.0], n_tokens=[0, 0], n_bytes=[0, 0]).total()
