"""Which window each sample of a run is: mixtures and curricula as a function of the sample's number.

A stage says in which shares its sources take turns (`rotation`); a source goes
through its windows once per epoch, in a keyed order (`order`). How often a source
was drawn before a sample has a closed form, also across stages, so nothing is
remembered: any process can ask for any sample, in any order.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
from jaxtyping import Int64

from mypt.dataset.order import permuted
from mypt.dataset.rotation import Rotation
from mypt.errors import InputError
from mypt.seeds import derive_seed


@dataclass(frozen=True)
class Source:
    """Windows that are read in an order of their own, wherever the run reads them."""

    key: str
    """What they are, for example a digest: equal keys are one source."""
    n_windows: int
    name: str = field(default="", compare=False)
    """What people call it."""


@dataclass(frozen=True)
class OrderStage:
    """From its first sample on, sources take turns in these shares."""

    name: str
    first_sample: int
    weights: Mapping[Source, float]
    """Shares of the samples, relative to their sum."""


@dataclass(frozen=True)
class MixtureOrder:
    """The windows of a whole run, in order."""

    stages: tuple[OrderStage, ...]
    """By their first samples, which rise from 0; the last stage has no end."""
    seed: int

    def __post_init__(self) -> None:
        starts = [stage.first_sample for stage in self.stages]
        if starts[:1] != [0] or any(after <= before for before, after in pairwise(starts)):
            raise InputError(f"stages must start at 0 and then rise, got {starts}")

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """Return every source once, in the order in which the stages name them."""
        return tuple(dict.fromkeys(source for stage in self.stages for source in stage.weights))

    def stage_at(self, sample: int) -> OrderStage:
        """Return the stage that a sample belongs to."""
        return self.stages[int(np.searchsorted(self._starts, sample, side="right")) - 1]

    def locate(
        self, samples: Int64[np.ndarray, " n"]
    ) -> tuple[Int64[np.ndarray, " n"], Int64[np.ndarray, " n"]]:
        """Return for each sample the number of its source, as in `sources`, and of its window there."""
        numbers, draws = self._draw(samples)
        windows = np.empty_like(samples)
        for number, own in _groups(numbers):
            windows[own] = self._windows(self.sources[number], draws[own])
        return numbers, windows

    def draws(self, n_samples: int) -> dict[Source, int]:
        """Return how many windows each source gives to the first `n_samples` samples."""
        return dict(zip(self.sources, self._draws_before(n_samples).tolist(), strict=True))

    def _draw(
        self, samples: Int64[np.ndarray, " n"]
    ) -> tuple[Int64[np.ndarray, " n"], Int64[np.ndarray, " n"]]:
        """Return the source of each sample, and how often the run drew it before."""
        numbers, draws = np.empty_like(samples), np.empty_like(samples)
        for index, here in _groups(np.searchsorted(self._starts, samples, side="right") - 1):
            chosen, earlier = self._rotations[index].draw(samples[here] - self._starts[index])
            numbers[here] = self._numbers[index][chosen]
            draws[here] = self._draws_before_stage[index][numbers[here]] + earlier
        return numbers, draws

    def _windows(self, source: Source, draws: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " n"]:
        """Map the draws of a source to its windows, across the ends of epochs."""
        seed = derive_seed(self.seed, "source", source.key)
        epochs, places = np.divmod(draws, source.n_windows)
        return permuted(places, source.n_windows, seed, epochs)

    def _draws_before(self, sample: int) -> Int64[np.ndarray, " sources"]:
        """Count what each source gave before a sample: to whole stages, and to its own."""
        index = int(np.searchsorted(self._starts, sample, side="right")) - 1
        draws = self._draws_before_stage[index].copy()
        draws[self._numbers[index]] += self._rotations[index].draws(sample - int(self._starts[index]))
        return draws

    @cached_property
    def _draws_before_stage(self) -> list[Int64[np.ndarray, " sources"]]:
        totals = [np.zeros(len(self.sources), dtype=np.int64)]
        for index, (start, end) in enumerate(pairwise(self._starts.tolist())):
            total = totals[-1].copy()
            total[self._numbers[index]] += self._rotations[index].draws(end - start)
            totals.append(total)
        return totals

    @cached_property
    def _starts(self) -> Int64[np.ndarray, " stages"]:
        return np.array([stage.first_sample for stage in self.stages], dtype=np.int64)

    @cached_property
    def _rotations(self) -> list[Rotation]:
        return [Rotation.of(list(stage.weights.values())) for stage in self.stages]

    @cached_property
    def _numbers(self) -> list[Int64[np.ndarray, " stage_sources"]]:
        """For each stage, the numbers of its sources."""
        number = {source: index for index, source in enumerate(self.sources)}
        return [np.array([number[source] for source in stage.weights]) for stage in self.stages]


def _groups(values: Int64[np.ndarray, " n"]) -> Iterator[tuple[int, Int64[np.ndarray, " m"]]]:
    """Yield each distinct value with the places where it stands."""
    by_value = np.argsort(values, kind="stable")
    ends = np.flatnonzero(np.diff(values[by_value])) + 1
    for places in np.split(by_value, ends):
        if len(places):
            yield int(values[places[0]]), places
