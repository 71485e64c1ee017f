"""Draws are even, repeatable and different for each purpose."""

from itertools import pairwise

import numpy as np

from mypt.dataset.keys import keyed, text_keys

TEXTS = text_keys([bytes([n % 256, n // 256]) + bytes(30) for n in range(4096)])
GOLDEN = [6286428983615627749, 4243399886049136522]


def test_a_text_is_known_by_the_start_of_its_digest() -> None:
    assert text_keys([b"\1" + bytes(31), b"\0\1" + bytes(30)]).tolist() == [1, 256]


def test_draws_are_the_same_on_every_machine() -> None:
    assert keyed(TEXTS[:2], 1, "shard", 0).tolist() == GOLDEN


def test_draws_are_even() -> None:
    counts = np.bincount((keyed(TEXTS, 1, "shard", 0) >> np.uint64(60)).astype(int), minlength=16)

    assert counts.min() > 200


def test_another_seed_or_purpose_draws_otherwise() -> None:
    draws = [keyed(TEXTS, seed, purpose) for seed, purpose in ((1, "a"), (2, "a"), (1, "b"))]

    assert all((one == other).mean() < 0.01 for one, other in pairwise(draws))
