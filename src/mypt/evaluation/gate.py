"""The gate after a phase: which buckets it judges, from which rate on each passes, and its verdict."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StrictInt, model_validator

from mypt.config import Section
from mypt.errors import GateFailed, InputError
from mypt.evaluation.run import EvaluationRecipe, Outcome, Results
from mypt.evaluation.statistics import wilson_interval
from mypt.provenance.manifest import Manifest, read_manifest

BUCKETS: Mapping[str, int] = {
    "format": 1, "echo": 1, "anti_echo": 1, "facts": 1, "arithmetic": 1,
    "operators.copy": 2, "operators.wrap": 2, "operators.extract": 2,
    "chat": 3, "hierarchy": 3, "injection": 3, "abstention": 3, "answerable": 3, "json": 3, "citation": 3,
    "followup": 4, "turns": 4,
    "tool_choice": 5, "tool_arguments": 5, "no_tool": 5,
    "chains": 6, "recovery": 6,
}  # fmt: skip
"""Bucket → the phase after which it is judged for the first time, and from then on always."""

MIN_CASES = 50
_SHOWN = 3
"""Failures of a bucket that an error names; all are in the report."""

Rate = Annotated[float, Field(ge=0.0, lt=1.0)]
PhaseOf = Callable[[Manifest], int | None]
"""Says for which phase an artifact was made, if for any."""


class GateRecipe(Section):
    """What a model must be able to do after a phase."""

    kind: Literal["gate"] = "gate"
    phase: Annotated[StrictInt, Field(ge=1, le=6)]
    """The phase that the model has just been through."""
    buckets: Mapping[str, Rate]
    """Each bucket of this and all earlier phases, and the rate above which its interval must lie."""
    beside: Mapping[str, Rate] = Field(default_factory=dict)
    """Files of further cases, each judged as a whole: pretraining skills and what is out of distribution."""
    max_regression: Annotated[float, Field(ge=0)] | None = None
    """Most rise of a hold-out's bits per byte against the parent, 0.05 for 5 %; none: it is not judged."""
    evaluation: EvaluationRecipe = EvaluationRecipe()
    """How turns are drawn."""

    @model_validator(mode="after")
    def _judges_everything_met_so_far(self) -> "GateRecipe":
        due = {bucket for bucket, phase in BUCKETS.items() if phase <= self.phase}
        if missing := sorted(due - self.buckets.keys()):
            raise ValueError(f"buckets: {missing[0]} is judged from phase {BUCKETS[missing[0]]} on")
        if early := sorted(self.buckets.keys() - due):
            raise ValueError(f"buckets: {early[0]} is not judged after phase {self.phase}")
        return self

    def to_evaluation(self) -> EvaluationRecipe:
        """Return what is to be evaluated for this gate."""
        return self.evaluation.model_copy(
            update={"buckets": tuple(sorted(self.buckets)), "beside": tuple(sorted(self.beside))}
        )


class BucketVerdict(Section):
    """One bucket: how many cases passed, how sure that is, and whether it is enough."""

    bucket: str
    n_passed: int
    n_cases: int
    lower: float
    upper: float
    threshold: float
    passed: bool
    by_language: Mapping[str, tuple[int, int]]
    """Language → passed, of how many."""
    failures: tuple[Outcome, ...]

    def summary(self) -> str:
        """Return the verdict as one line."""
        found = f"{self.n_passed}/{self.n_cases}, 95 %: {self.lower:.1%} to {self.upper:.1%}"
        return f"{self.bucket}: {found}, must be above {self.threshold:.0%}"


class HoldOutVerdict(Section):
    """Held-out text of one category, against the parent."""

    category: str
    upper: float | None
    """Upper end of the 95 % interval of the rise of bits per byte; none where it is no number."""
    max_regression: float
    passed: bool
    reason: str


class GateReport(Section):
    """What a gate says of a model."""

    phase: int
    model: str
    suites: Mapping[str, str]
    passed: bool
    buckets: tuple[BucketVerdict, ...]
    hold_outs: tuple[HoldOutVerdict, ...] = ()

    def raise_if_failed(self, where: str = "") -> None:
        """Raise GateFailed naming what did not pass, with the first cases of each and why."""
        if self.passed:
            return
        lines = [f"the gate of phase {self.phase} stays shut:"]
        for bucket in self.buckets:
            if not bucket.passed:
                lines.append(f"  {bucket.summary()}")
                lines += [f"    {each.id}: {each.reason}" for each in bucket.failures[:_SHOWN]]
        lines += [f"  {each.category}: {each.reason}" for each in self.hold_outs if not each.passed]
        raise GateFailed("\n".join(lines), hint=f"every failure stands in {where}" if where else "")


def judge_gate(
    results: Results, recipe: GateRecipe, forgetting: Mapping[str, Mapping[str, Any]] | None = None
) -> GateReport:
    """Return the verdict on each bucket and hold-out.

    `forgetting` is what the model's manifest says of each category, see `mypt.training.forgetting`.
    Raises InputError for a bucket that was not evaluated, or on too few cases.
    """
    found = results.buckets()
    beside = {Path(path).stem: rate for path, rate in recipe.beside.items()}
    thresholds = {**recipe.buckets, **beside}
    for name in recipe.buckets:
        if len(found.get(name, ())) < MIN_CASES:
            raise InputError(
                f"bucket {name}: {len(found.get(name, ()))} cases, {MIN_CASES} are needed to judge it"
            )
    if missing := sorted(beside.keys() - found.keys()):
        raise InputError(f"{missing[0]}: was not evaluated")
    ordered = [name for name in (*BUCKETS, *sorted(beside)) if name in thresholds]
    buckets = tuple(_judge_bucket(name, found[name], thresholds[name]) for name in ordered)
    hold_outs = (
        () if recipe.max_regression is None else _judge_hold_outs(forgetting or {}, recipe.max_regression)
    )
    return GateReport(
        phase=recipe.phase, model=results.model, suites=results.suites, buckets=buckets, hold_outs=hold_outs,
        passed=all(one.passed for one in buckets) and all(one.passed for one in hold_outs),
    )  # fmt: skip


def require_phase(folder: Path, phase: int, phase_of: PhaseOf) -> None:
    """Raise InputError unless a model was trained for a phase, by itself or by one of its parents."""
    trained = sorted(_phases(folder, phase_of))
    if phase not in trained:
        known = f"its lineage has {', '.join(map(str, trained))}" if trained else "its lineage has none"
        raise InputError(
            f"{folder}: a gate of phase {phase} for a model that was not trained for it; {known}",
            hint="gates are asked for in the order of the phases: mypt sft run",
        )


def recorded_phase(manifest: Manifest) -> int | None:
    """Return the phase that a manifest itself names, in its recipe or counts."""
    value = manifest.recipe.get("phase", manifest.counts.get("phase"))
    return value if isinstance(value, int) else None


def _phases(folder: Path, phase_of: PhaseOf) -> set[int]:
    """Collect the phases of a model, of the episodes it read, and of its parents."""
    manifest = read_manifest(folder)
    found = {phase_of(manifest)}
    for entry in manifest.inputs:
        if entry.kind == "episode_dataset":
            found.add(phase_of(read_manifest(Path(entry.path))))
        elif entry.kind == "model":
            found |= _phases(Path(entry.path), phase_of)
    return {phase for phase in found if phase is not None}


def _judge_bucket(name: str, outcomes: Sequence[Outcome], threshold: float) -> BucketVerdict:
    n_passed = _n_passed(outcomes)
    interval = wilson_interval(n_passed, len(outcomes))
    languages = sorted({outcome.language for outcome in outcomes})
    by_language = {name: [each for each in outcomes if each.language == name] for name in languages}
    return BucketVerdict(
        bucket=name, n_passed=n_passed, n_cases=len(outcomes), lower=interval.lower, upper=interval.upper,
        threshold=threshold, passed=interval.lower > threshold,
        by_language={name: (_n_passed(own), len(own)) for name, own in by_language.items()},
        failures=tuple(outcome for outcome in outcomes if not outcome.passed),
    )  # fmt: skip


def _n_passed(outcomes: Collection[Outcome]) -> int:
    return sum(outcome.passed for outcome in outcomes)


def _judge_hold_outs(forgetting: Mapping[str, Mapping[str, Any]], limit: float) -> tuple[HoldOutVerdict, ...]:
    """Judge what training measured by this gate's own limit; what was not measured does not pass."""
    if not forgetting:
        reason = "no hold-out was measured against the parent; name some in `eval_sets` of the training"
        none = HoldOutVerdict(
            category="hold-outs", upper=None, max_regression=limit, passed=False, reason=reason
        )
        return (none,)
    return tuple(_judge_hold_out(name, forgetting[name], limit) for name in sorted(forgetting))


def _judge_hold_out(category: str, measured: Mapping[str, Any], limit: float) -> HoldOutVerdict:
    interval = measured.get("interval")
    upper = None if interval is None else float(interval["upper"])
    passed = upper is not None and upper <= limit
    rise = "is no number" if upper is None else f"rises by up to {upper:+.2%}"
    return HoldOutVerdict(
        category=category, upper=upper, max_regression=limit, passed=passed,
        reason=f"bits per byte against the parent {rise} (95 %), allowed {limit:+.2%}",
    )  # fmt: skip
