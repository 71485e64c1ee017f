"""What each phase forgot of what its parent could: bucket by bucket, and on text that is held out."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mypt.config import Section
from mypt.errors import InputError
from mypt.evaluation.compare import BucketChange, compare
from mypt.evaluation.gate import BUCKETS
from mypt.evaluation.markdown import plain
from mypt.evaluation.run import Results
from mypt.evaluation.statistics import Interval, wilson_interval

Verdict = Literal["better", "same", "forgotten", "undecided"]

_VERDICTS: Mapping[str, Verdict] = {"better": "better", "worse": "forgotten", "no difference shown": "same"}
_OUTCOMES: Mapping[str, Verdict] = {"passed": "same", "failed": "forgotten", "undecided": "undecided"}


@dataclass(frozen=True)
class PhaseMeasured:
    """What is known of the model of a phase."""

    phase: int
    results: Results
    """What its gate evaluated."""
    hold_outs: Mapping[str, Mapping[str, Any]]
    """Category → what training measured against the parent, see `mypt.training.forgetting`."""


class BucketForgotten(Section):
    """One bucket against the parent, on the same cases."""

    change: BucketChange
    lower: float
    """Lower end of the 95 % interval of the change of the rate."""
    upper: float
    verdict: Verdict


class HoldOutForgotten(Section):
    """The relative change of bits per byte of one category against the parent, with its 95 % interval."""

    category: str
    lower: float | None
    change: float | None
    """None of the three where a loss was no number."""
    upper: float | None
    n_windows: int
    max_regression: float
    verdict: Verdict


class PhaseForgotten(Section):
    """What a phase did to what was there before."""

    phase: int
    parent: int | None
    """The phase it is compared with; none for the first that was measured."""
    buckets: tuple[BucketForgotten, ...]
    hold_outs: tuple[HoldOutForgotten, ...]
    rates: Mapping[str, tuple[int, int]]
    """Bucket → how many cases pass after this phase, of how many."""


class ForgettingReport(Section):
    """What the phases did, one after the other."""

    phases: tuple[PhaseForgotten, ...]

    @property
    def buckets(self) -> tuple[str, ...]:
        """Return every bucket that was judged, in the order in which they begin."""
        judged = {name for one in self.phases for name in one.rates}
        return (*(name for name in BUCKETS if name in judged), *sorted(judged - BUCKETS.keys()))

    def cell(self, bucket: str, phase: PhaseForgotten) -> str:
        """Return what the table of all phases says of a bucket after a phase."""
        if bucket not in phase.rates:
            return ""
        n_passed, n_cases = phase.rates[bucket]
        verdicts = [one.verdict for one in phase.buckets if one.change.bucket == bucket]
        return " ".join([f"{n_passed}/{n_cases}", *(name for name in verdicts if name != "same")])

    def to_markdown(self) -> str:
        """Return the table of all phases, and below it each phase against its parent."""
        return "\n".join(_lines(self)) + "\n"


def report_forgetting(measured: Sequence[PhaseMeasured]) -> ForgettingReport:
    """Return what each phase forgot of the phase before it; InputError when two are of one phase."""
    ordered = sorted(measured, key=lambda one: one.phase)
    if len({one.phase for one in ordered}) != len(ordered):
        raise InputError("two models of one phase cannot stand in one line")
    parents = {one.phase + 1: one for one in ordered}
    return ForgettingReport(phases=tuple(_phase(one, parents.get(one.phase)) for one in ordered))


def paired_interval(n_both: int, n_lost: int, n_won: int, n: int) -> Interval:
    """Return the 95 % interval of the change of a pass rate on the same cases.

    Newcombe, "Improved confidence intervals for the difference between binomial proportions
    based on paired data", Statistics in Medicine 17, 1998, method 10.
    """
    n_before, n_after, n_neither = n_both + n_lost, n_both + n_won, n - n_both - n_lost - n_won
    before, after = wilson_interval(n_before, n), wilson_interval(n_after, n)
    old, new = n_before / n, n_after / n
    margins = n_before * (n - n_before) * n_after * (n - n_after)
    product = n_both * n_neither - n_lost * n_won
    corrected = max(product - n / 2, 0.0) if product > 0 else float(product)
    correlation = corrected / math.sqrt(margins) if margins else 0.0
    down = _spread(new - after.lower, before.upper - old, correlation)
    up = _spread(after.upper - new, old - before.lower, correlation)
    return Interval(new - old - down, new - old + up)


def _spread(one: float, other: float, correlation: float) -> float:
    return math.sqrt(max(0.0, one**2 - 2 * correlation * one * other + other**2))


def _phase(child: PhaseMeasured, parent: PhaseMeasured | None) -> PhaseForgotten:
    changes = () if parent is None else compare(parent.results, child.results).buckets
    outcomes = child.results.buckets()
    return PhaseForgotten(
        phase=child.phase,
        parent=None if parent is None else parent.phase,
        buckets=tuple(map(_bucket, changes)),
        hold_outs=tuple(_hold_out(name, child.hold_outs[name]) for name in sorted(child.hold_outs)),
        rates={name: (sum(each.passed for each in found), len(found)) for name, found in outcomes.items()},
    )


def _bucket(change: BucketChange) -> BucketForgotten:
    n_lost, n_won = len(change.lost), len(change.won)
    interval = paired_interval(change.n_before - n_lost, n_lost, n_won, change.n_cases)
    return BucketForgotten(
        change=change, lower=interval.lower, upper=interval.upper, verdict=_VERDICTS[change.verdict]
    )


def _hold_out(category: str, measured: Mapping[str, Any]) -> HoldOutForgotten:
    """Say what training measured; better is only what is surely no worse than the parent."""
    interval = measured["interval"] or {}
    upper = interval.get("upper")
    verdict = "better" if upper is not None and upper < 0 else _OUTCOMES[measured["outcome"]]
    return HoldOutForgotten(
        category=category, lower=interval.get("lower"), change=interval.get("change"), upper=upper,
        n_windows=measured["n_windows"], max_regression=measured["max_regression"], verdict=verdict,
    )  # fmt: skip


def _lines(report: ForgettingReport) -> Iterator[str]:
    yield "# What the phases forgot"
    yield ""
    yield f"| bucket | {' | '.join(f'phase {one.phase}' for one in report.phases)} |"
    yield f"|---|{'---|' * len(report.phases)}"
    for name in report.buckets:
        yield f"| {plain(name)} | {' | '.join(report.cell(name, one) for one in report.phases)} |"
    for phase in report.phases:
        yield from ("", f"## Phase {phase.phase}", "")
        yield from _bucket_lines(phase)
        yield from _hold_out_lines(phase)


def _bucket_lines(phase: PhaseForgotten) -> Iterator[str]:
    if phase.parent is None:
        yield "No gate of its parent: its buckets are compared with nothing."
        return
    yield f"| bucket | phase {phase.parent} | phase {phase.phase} | change, 95 % | lost | won | p | verdict |"
    yield "|---|---|---|---|---|---|---|---|"
    for one in phase.buckets:
        change = one.change
        rates = f"{change.n_before}/{change.n_cases} | {change.n_after}/{change.n_cases}"
        flips = f"{len(change.lost)} | {len(change.won)} | {change.p_value:.3g}"
        interval = f"{one.lower:+.1%} to {one.upper:+.1%}"
        yield f"| {plain(change.bucket)} | {rates} | {interval} | {flips} | {one.verdict} |"
    for one in phase.buckets:
        if one.change.lost:
            yield f"\nLost in {plain(one.change.bucket)}: {', '.join(map(plain, one.change.lost))}"


def _hold_out_lines(phase: PhaseForgotten) -> Iterator[str]:
    if not phase.hold_outs:
        return
    yield from (
        "",
        "| hold-out | bits per byte against the parent, 95 % | allowed | verdict |",
        "|---|---|---|---|",
    )
    for one in phase.hold_outs:
        found = (
            "no number" if one.change is None else f"{one.change:+.2%} ({one.lower:+.2%} to {one.upper:+.2%})"
        )
        yield f"| {plain(one.category)} | {found} | {one.max_regression:+.2%} | {one.verdict} |"
