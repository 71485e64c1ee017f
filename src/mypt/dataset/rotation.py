"""Weights become whole counts, and counts become an order in which everybody's turn comes evenly.

No prefix of the order is ever a whole draw away from the wanted shares: with m
sources, at most 1 - 1/(2m - 2), the least that any order can promise (Tijdeman,
"The chairman assignment problem", Discrete Mathematics 32, 1980).
"""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Int64

from mypt.errors import InputError

PERIOD = 25_200
"""Draws after which an order repeats; whole percents and ratios of 1 to 10 divide it exactly."""


def apportion(weights: Sequence[float], total: int) -> tuple[int, ...]:
    """Return whole counts in proportion to positive weights that sum to `total`, each at least 1.

    The largest remainders are rounded up. Raises InputError for more weights than `total`.
    """
    if len(weights) > total:
        raise InputError(f"{len(weights)} sources cannot share {total} draws: each gets at least one")
    whole = math.fsum(weights)
    exact = [weight / whole * total for weight in weights]
    counts = [max(1, math.floor(count)) for count in exact]
    while (missing := total - sum(counts)) != 0:
        sign = 1 if missing > 0 else -1
        allowed = [i for i, count in enumerate(counts) if sign > 0 or count > 1]
        # The one that is furthest from its exact count; of equals, the first.
        counts[max(allowed, key=lambda i: (sign * (exact[i] - counts[i]), -i))] += sign
    return tuple(counts)


@dataclass(frozen=True)
class Rotation:
    """Whose turn it is at each position, for ever; nothing is remembered between two questions."""

    counts: tuple[int, ...]
    """Draws of each source in one period."""

    @staticmethod
    def of(weights: Sequence[float], period: int = PERIOD) -> "Rotation":
        """Return the shortest rotation whose shares are the weights, rounded to 1 / period."""
        counts = apportion(weights, period)
        shared = math.gcd(*counts)
        return Rotation(tuple(count // shared for count in counts))

    def draw(
        self, positions: Int64[np.ndarray, " n"]
    ) -> tuple[Int64[np.ndarray, " n"], Int64[np.ndarray, " n"]]:
        """Return who is drawn at each position, and how often that source was drawn before."""
        rounds, slots = np.divmod(positions, len(self._slots))
        sources = self._slots[slots]
        return sources, rounds * np.array(self.counts)[sources] + self._turns[slots]

    def draws(self, n: int) -> Int64[np.ndarray, " sources"]:
        """Return how often each source is drawn in the first `n` positions."""
        rounds, rest = divmod(n, len(self._slots))
        return rounds * np.array(self.counts) + np.bincount(self._slots[:rest], minlength=len(self.counts))

    @cached_property
    def _slots(self) -> Int64[np.ndarray, " period"]:
        return np.array(_spread(self.counts), dtype=np.int64)

    @cached_property
    def _turns(self) -> Int64[np.ndarray, " period"]:
        """How often the source of a slot came before it in the period."""
        by_source = np.argsort(self._slots, kind="stable")
        starts = np.cumsum([0, *self.counts[:-1]])
        turns = np.empty_like(self._slots)
        turns[by_source] = np.arange(len(self._slots)) - np.repeat(starts, self.counts)
        return turns


def _spread(counts: Sequence[int]) -> list[int]:
    """Return the source of each slot: of those whose turn may come, the one that must come first.

    Tijdeman's rule as a schedule of unit jobs: draw k of a source has a first and a last
    slot in which the promise holds, and the earliest last slot goes first.
    """
    period, unit = sum(counts), max(2, 2 * len(counts) - 2)
    sources = np.repeat(np.arange(len(counts)), counts)
    draws = np.concatenate([np.arange(count) for count in counts])
    scale = unit * np.array(counts)[sources]
    first = -(-period * (unit * draws + 1) // scale)
    last = period * (unit * (draws + 1) - 1) // scale
    by_first = np.argsort(first, kind="stable")
    coming = zip(first[by_first].tolist(), last[by_first].tolist(), sources[by_first].tolist(), strict=True)
    return _earliest_deadline_first(list(coming))


def _earliest_deadline_first(jobs: list[tuple[int, int, int]]) -> list[int]:
    """Return who works in each slot, from jobs (first slot, last slot, who) in the order of first slots."""
    ready: list[tuple[int, int]] = []
    slots: list[int] = []
    taken = 0
    for slot in range(1, len(jobs) + 1):
        while taken < len(jobs) and jobs[taken][0] <= slot:
            heapq.heappush(ready, jobs[taken][1:])
            taken += 1
        slots.append(heapq.heappop(ready)[1])
    return slots
