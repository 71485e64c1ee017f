"""Two results on the same cases: which flipped, and whether that can be chance."""

from collections.abc import Mapping, Sequence
from typing import Literal

from mypt.config import Section
from mypt.errors import InputError
from mypt.evaluation.markdown import plain
from mypt.evaluation.run import Outcome, Results
from mypt.evaluation.statistics import mcnemar

SIGNIFICANT = 0.05


class BucketChange(Section):
    """One bucket before and after."""

    bucket: str
    n_cases: int
    n_before: int
    """Cases that passed."""
    n_after: int
    won: tuple[str, ...]
    """Cases that passed only after."""
    lost: tuple[str, ...]
    """Cases that passed only before."""
    p_value: float
    verdict: Literal["better", "worse", "no difference shown"]


class Comparison(Section):
    """What changed from one model to another."""

    before: str
    after: str
    buckets: tuple[BucketChange, ...]
    n_unpaired: int
    """Cases that only one of them answered, or that another prompt was put for."""

    def to_markdown(self) -> str:
        """Return a table, and below it the cases that flipped."""
        lines = ["| bucket | before | after | lost | won | p | verdict |", "|---|---|---|---|---|---|---|"]
        flips: list[str] = []
        for one in self.buckets:
            numbers = f"{one.n_before}/{one.n_cases} | {one.n_after}/{one.n_cases}"
            flipped = f"{len(one.lost)} | {len(one.won)} | {one.p_value:.3g}"
            lines.append(f"| {plain(one.bucket)} | {numbers} | {flipped} | {one.verdict} |")
            flips += [f"- lost: {plain(name)}" for name in one.lost] + [
                f"- won: {plain(name)}" for name in one.won
            ]
        unpaired = [f"\n{self.n_unpaired} cases have no counterpart."] if self.n_unpaired else []
        return "\n".join([*lines, "", *flips, *unpaired])


def compare(before: Results, after: Results) -> Comparison:
    """Return the change of each bucket by its exact paired test; InputError when no case is in both."""
    old, new = _by_prompt(before), _by_prompt(after)
    pairs = [(old[key], new[key]) for key in old if key in new]
    if not pairs:
        raise InputError("the two results have no case in common", hint="evaluate both with the same suites")
    buckets = sorted({outcome.bucket for _, outcome in pairs})
    changes = [_change(name, [pair for pair in pairs if pair[1].bucket == name]) for name in buckets]
    n_unpaired = len(old.keys() ^ new.keys())
    return Comparison(before=before.model, after=after.model, buckets=tuple(changes), n_unpaired=n_unpaired)


def _by_prompt(results: Results) -> Mapping[tuple[str, str], Outcome]:
    return {(outcome.id, outcome.prompt): outcome for outcome in results.outcomes}


def _change(bucket: str, pairs: Sequence[tuple[Outcome, Outcome]]) -> BucketChange:
    won = tuple(sorted(new.id for old, new in pairs if new.passed and not old.passed))
    lost = tuple(sorted(new.id for old, new in pairs if old.passed and not new.passed))
    p_value = mcnemar(len(lost), len(won))
    is_shown = p_value < SIGNIFICANT
    return BucketChange(
        bucket=bucket, n_cases=len(pairs), won=won, lost=lost, p_value=p_value,
        n_before=sum(old.passed for old, _ in pairs), n_after=sum(new.passed for _, new in pairs),
        verdict="no difference shown" if not is_shown else "better" if len(won) > len(lost) else "worse",
    )  # fmt: skip
