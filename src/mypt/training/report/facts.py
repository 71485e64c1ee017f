"""What a run was and did, in words and numbers for people."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mypt.training.adapt_recipe import AdaptRecipe
from mypt.training.data_recipe import DataRecipe
from mypt.training.gold import GoldDecision, decide, gold_step
from mypt.training.gold_explanation import disagreements, reasons
from mypt.training.reports import HELD_OUT, TRAIN, ValidationReport
from mypt.training.run_record import LOG_HEAD, RunRecord
from mypt.training.sft_recipe import SftRecipe

MAX_ROWS = 200
_IS_GOLD = "The best checkpoint that passed every guard, GOLD, is the one after step"
_NO_GOLD = "No checkpoint is GOLD, as none passed every guard. The newest one measured is that after step"
_SCHEMAS: Mapping[str, type[DataRecipe | SftRecipe]] = {"adapt": AdaptRecipe, "sft": SftRecipe}
_BAD = {"nonfinite": "not finite", "spike": "spikes", "overflow": "fp16 overflows"}


@dataclass(frozen=True)
class Card:
    """One figure that is seen first."""

    name: str
    value: str
    detail: str = ""


@dataclass(frozen=True)
class ValidationRow:
    """One validation as a row of the table."""

    step: int
    losses: tuple[str, ...]
    """One for each category of the table."""
    reason: str
    kind: str
    """gold, accepted or rejected, for its colour."""


@dataclass(frozen=True)
class Reading:
    """What one stage read."""

    stage: str
    until: str
    datasets: tuple[str, ...]


@dataclass(frozen=True)
class Gate:
    """What became of one category that must not be forgotten."""

    category: str
    has_passed: bool
    summary: str


def decisions_of(record: RunRecord) -> list[GoldDecision]:
    """Return the decisions made anew, or those in the log before the thresholds are known."""
    if record.manifests:
        return decide(record.log.validations, record.gold_config)
    return list(record.log.gold)


def differences_of(record: RunRecord) -> list[str]:
    """Return where the log decided otherwise than its validations say."""
    return disagreements(record.log, record.gold_config) if record.manifests else []


def verdict_of(record: RunRecord) -> str:
    """Return in one or two sentences what came out."""
    measured = [report for report in record.log.validations if math.isfinite(report.held_out.bits_per_byte)]
    if not measured:
        return "Nothing was measured yet."
    gold = gold_step(decisions_of(record))
    shown = next((report for report in measured if report.step == gold), measured[-1])
    before, after = measured[0].held_out.bits_per_byte, shown.held_out.bits_per_byte
    change = f" ({abs(1 - after / before):.0%} {'less' if after < before else 'more'})" if before > 0 else ""
    return (
        f"{_NO_GOLD if gold is None else _IS_GOLD} {shown.step:,}. It needs {after:.3f} bits to predict a "
        f"byte of text that it never saw{change}; the first measurement, after step {measured[0].step:,}, "
        f"was {before:.3f}."
    )


def cards_of(record: RunRecord) -> list[Card]:
    """Return the figures of a run that are seen first."""
    log = record.log
    step = log.steps[-1].step if log.steps else 0
    planned = _at(record, "training", "steps")
    of = f"of {planned:,}" if isinstance(planned, int) else ""
    gold = gold_step(decisions_of(record))
    return [
        Card("State", "finished" if log.is_finished else "not finished", "" if log.is_finished else "so far"),
        Card("Steps", f"{step:,}", of),
        Card("Tokens read", f"{log.steps[-1].tokens if log.steps else 0:,}"),
        *_held_out_cards(log.validations),
        Card("GOLD", "none" if gold is None else f"step {gold:,}"),
        Card("Bad steps", *_bad_steps(record)),
    ]


def _held_out_cards(validations: Sequence[ValidationReport]) -> Iterator[Card]:
    if validations:
        first, last = validations[0], validations[-1]
        yield Card(
            "Held-out loss", f"{first.held_out.bits_per_byte:.3f} → {last.held_out.bits_per_byte:.3f}",
            "bits per byte, first → last",
        )  # fmt: skip


def _bad_steps(record: RunRecord) -> tuple[str, str]:
    """Return how many steps were left out, and why."""
    counts = Counter(str(report.verdict) for report in record.log.bad_steps)
    details = [f"{counts[verdict]} {name}" for verdict, name in _BAD.items() if counts[verdict]]
    if record.log.rollbacks:
        details.append(f"{len(record.log.rollbacks)} ways back to a checkpoint")
    return f"{counts.total():,}" if counts else "none", ", ".join(details)


def table_of(record: RunRecord, categories: Sequence[str]) -> tuple[list[ValidationRow], int]:
    """Return the rows of the validations, and how many are left out where there are very many."""
    decisions = decisions_of(record)
    why = {decision.step: reason for decision, reason in zip(decisions, reasons(decisions), strict=True)}
    kinds = {decision.step: _kind(decision, gold_step(decisions)) for decision in decisions}
    validations = record.log.validations
    kept = [
        report
        for index, report in enumerate(validations)
        if _is_shown(index, len(validations), kinds.get(report.step))
    ]
    rows = [
        ValidationRow(
            report.step, tuple(_loss(report, name) for name in categories),
            why.get(report.step, "not decided yet"), kinds.get(report.step, ""),
        )
        for report in kept
    ]  # fmt: skip
    return rows, len(validations) - len(rows)


def _kind(decision: GoldDecision, gold: int | None) -> str:
    if decision.step == gold:
        return "gold"
    return "accepted" if decision.accepted else "rejected"


def _is_shown(index: int, n: int, kind: str | None) -> bool:
    """Show all of a few; of many the first, the last, GOLD, and some spread evenly."""
    stride = math.ceil(n / MAX_ROWS)
    return index % stride == 0 or index == n - 1 or kind == "gold"


def _loss(report: ValidationReport, category: str) -> str:
    loss = report.categories.get(category)
    return "-" if loss is None else f"{loss.bits_per_byte:.4f}"


def parts_of(record: RunRecord) -> list[tuple[str, str, str, str]]:
    """Return name, tokens, loss and accuracy of each part of held-out episodes, first → last."""
    reports = [report for report in record.log.validations if report.parts]
    if not reports:
        return []
    first, last = reports[0].parts, reports[-1].parts
    return [
        (
            name, f"{loss.n_tokens:,}", f"{first[name].nats_per_token:.3f} → {loss.nats_per_token:.3f}",
            f"{first[name].accuracy:.1%} → {loss.accuracy:.1%}",
        )
        for name, loss in last.items()
        if name in first
    ]  # fmt: skip


def categories_of(record: RunRecord, limit: int) -> list[str]:
    """Return the first categories that were measured: held-out text, training text, others by name."""
    names = {name for report in record.log.validations for name in report.categories}
    return sorted(names, key=lambda name: (name != HELD_OUT, name != TRAIN, name))[:limit]


def readings_of(record: RunRecord) -> list[Reading]:
    """Return what each stage of the recipe reads, replayed text included."""
    schema = _SCHEMAS.get(record.recipe.get("kind", ""), DataRecipe)
    known = {name: record.recipe[name] for name in schema.model_fields if name in record.recipe}
    if not known:
        return []
    return [
        Reading(
            stage.name, "the end" if stage.until_iter is None else f"step {stage.until_iter:,}",
            tuple(_share(share.dataset, share.weight, len(stage.shares)) for share in stage.shares),
        )
        for stage in schema.model_validate(known).stages
    ]  # fmt: skip


def _share(dataset: str, weight: float, n: int) -> str:
    return dataset if n == 1 else f"{dataset} (weight {weight:g})"


def eval_sets_of(record: RunRecord) -> list[tuple[str, str]]:
    """Return category and dataset of what else was measured."""
    return sorted(record.recipe.get("eval_sets", {}).items())


def gates_of(record: RunRecord) -> list[Gate]:
    """Return how the GOLD model, or else the last one, passed the gate against forgetting."""
    models = [record.manifests[kind] for kind in ("gold", "model") if kind in record.manifests]
    results = models[0].counts.get("forgetting", {}) if models else {}
    return [
        Gate(category, result["outcome"] == "passed", str(result["reason"]))
        for category, result in results.items()
    ]


def recipe_rows(record: RunRecord) -> list[tuple[str, str]]:
    """Return the settings of a recipe that say most, as name and value."""
    wanted = {
        "Begun from": ("init_from",), "Architecture": ("model", "preset"),
        "Layers": ("model", "n_layer"), "Width": ("model", "n_embd"),
        "Longest sequence": ("model", "block_size"), "Sequences in a micro-batch": ("training", "batch_size"),
        "Micro-batches in a step": ("training", "grad_accum_steps"),
        "Highest learning rate": ("training", "learning_rate"), "Seed": ("training", "seed"),
    }  # fmt: skip
    values = {name: _at(record, *path) for name, path in wanted.items()}
    return [
        (name, f"{value:g}" if isinstance(value, float) else str(value))
        for name, value in values.items()
        if value is not None
    ]


def evidence_rows(record: RunRecord) -> list[tuple[str, str]]:
    """Return what binds this page to the run."""
    rows = [
        ("Rows in the log", f"{record.log.n_rows:,}, every one bound to all before it"),
        ("Run", record.log.genesis),
        ("Last row", record.log.head),
    ]
    for kind, manifest in record.manifests.items():
        rows.append((f"Recipe of the {kind}", manifest.fingerprint))
        if LOG_HEAD in manifest.counts:
            rows.append((f"Log at the {kind}", str(manifest.counts[LOG_HEAD])))
    newest = next(iter(record.manifests.values()), None)
    if newest is not None:
        rows += [(f"Input: {entry.kind} {entry.path}", entry.digest) for entry in newest.inputs]
        rows += [(f"Made with {name}", version) for name, version in sorted(newest.environment.items())]
        rows += [(f"Licence {name}", f"{count:,} documents") for name, count in newest.licences.items()]
    return rows


def _at(record: RunRecord, *path: str) -> Any:
    value: Any = record.recipe
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
