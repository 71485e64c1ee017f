"""What a run left behind, read and checked: its log as reports, its recipe, its folders."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from mypt.errors import InputError, ManifestMismatch
from mypt.provenance.manifest import MANIFEST_NAME, Manifest, read_manifest
from mypt.training.gold import GoldConfig, GoldDecision
from mypt.training.metrics_log import Row, verified_rows
from mypt.training.reports import HELD_OUT, StepReport, ValidationReport
from mypt.training.run_folder import RunFolder

Folder = Literal["checkpoint", "model", "gold"]

LOG_HEAD = "log_head"
"""The count in a checkpoint's manifest that holds the chain of the log's last row before it."""

_STEP = TypeAdapter(StepReport)
_VALIDATION = TypeAdapter(ValidationReport)
_GOLD = TypeAdapter(GoldDecision)
_MEASURED = ("loss", "grad_norm", "bits_per_byte", "nats_per_token")


@dataclass(frozen=True)
class Rollback:
    """How a run went back to a checkpoint after a bad step."""

    step: int
    to_step: int


@dataclass(frozen=True)
class RunLog:
    """The rows of a log as reports; `steps`, `validations` and `gold` hold only what no rollback undid."""

    n_rows: int
    genesis: str
    head: str
    steps: tuple[StepReport, ...]
    bad_steps: tuple[StepReport, ...]
    """Steps whose update never happened, undone ones included."""
    validations: tuple[ValidationReport, ...]
    gold: tuple[GoldDecision, ...]
    """What was decided while the run ran."""
    rollbacks: tuple[Rollback, ...]
    is_finished: bool


@dataclass(frozen=True)
class RunRecord:
    """A run's folder, its verified log, and the manifests that lie in it."""

    folder: Path
    log: RunLog
    manifests: Mapping[Folder, Manifest]
    """The newest checkpoint, the finished model and the GOLD one, as far as they are there."""

    @property
    def recipe(self) -> Mapping[str, Any]:
        """Return the recipe of the newest thing that the run sealed, or nothing before the first."""
        return next((manifest.recipe for manifest in self.manifests.values()), {})

    @property
    def gold_config(self) -> GoldConfig:
        """Return the thresholds of the recipe; InputError before anything was sealed with it."""
        if not self.manifests:
            raise InputError(
                f"{self.folder}: has no checkpoint yet, so the thresholds of its recipe are not known",
                hint="wait for the run's first checkpoint",
            )
        return GoldConfig.model_validate(self.recipe["training"]["gold"])


def read_run(folder: Path) -> RunRecord:
    """Return what a run, finished or going on, left behind.

    Raises InputError when there is no log, and ManifestMismatch when its chain is
    broken, cut off before the newest checkpoint, or a manifest cannot be read.
    """
    manifests = dict(
        _manifests(RunFolder(folder))
    )  # before the log, so that the log is never the older of the two
    path = RunFolder(folder).metrics
    rows = list(verified_rows(path))
    _refuse_cut_log(path, rows, manifests.get("checkpoint"))
    return RunRecord(folder, read_log(rows, str(path)), manifests)


def read_log(rows: Iterable[Row], where: str) -> RunLog:
    """Return verified rows as reports; ManifestMismatch names the row that is none."""
    rows = list(rows)
    reports = [_read(row, f"{where}:{number}") for number, row in enumerate(rows, start=1)]
    standing = _without_undone(reports)
    return RunLog(
        n_rows=len(rows),
        genesis=rows[0]["run"] if rows else "",
        head=rows[-1]["chain"] if rows else "",
        steps=tuple(report for report in standing if isinstance(report, StepReport)),
        bad_steps=tuple(r for r in reports if isinstance(r, StepReport) and r.verdict != "good"),
        validations=tuple(report for report in standing if isinstance(report, ValidationReport)),
        gold=tuple(report for report in standing if isinstance(report, GoldDecision)),
        rollbacks=tuple(report for report in reports if isinstance(report, Rollback)),
        is_finished=any(row["event"] == "end" for row in rows),
    )


Report = StepReport | ValidationReport | GoldDecision | Rollback


def _read(row: Row, where: str) -> Report | None:
    """Return what a row reports, or None for other events."""
    content = {name: value for name, value in row.items() if name not in ("event", "timing", "chain")}
    try:
        match row["event"]:
            case "step":
                timing = row.get("timing", {})
                waits = {name: timing.get(name, 0.0) for name in ("seconds", "data_seconds")}
                return _STEP.validate_python(_with_nan({**content, **waits}))
            case "validation":
                categories = {name: _with_nan(loss) for name, loss in content["categories"].items()}
                categories[HELD_OUT]  # the one that every run measures
                parts = {name: _with_nan(loss) for name, loss in content.get("parts", {}).items()}
                return _VALIDATION.validate_python({**content, "categories": categories, "parts": parts})
            case "gold":
                return _GOLD.validate_python(content)
            case "rollback":
                return Rollback(int(row["step"]), int(row["to_step"]))
    except (ValidationError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ManifestMismatch(
            f"{where}: not a row that this version of MyPT can read",
            hint="read it with the version that wrote it",
        ) from error
    return None


def _with_nan(values: Mapping[str, Any]) -> dict[str, Any]:
    """Null stands for a number that was not finite."""
    return {
        name: math.nan if value is None and name in _MEASURED else value for name, value in values.items()
    }


def _without_undone(reports: Iterable[Report | None]) -> list[Report]:
    """Drop what lies after the step that a rollback went back to."""
    standing: list[Report] = []
    for report in reports:
        if isinstance(report, Rollback):
            standing = [earlier for earlier in standing if earlier.step <= report.to_step]
        elif report is not None:
            standing.append(report)
    return standing


def _manifests(folder: RunFolder) -> Iterator[tuple[Folder, Manifest]]:
    """Yield manifests, those that know most about the run as it is now first."""
    checkpoints = sorted(folder.checkpoints.glob(f"step-*/{MANIFEST_NAME}"))
    if checkpoints:
        yield "checkpoint", read_manifest(checkpoints[-1].parent)
    if (folder.model / MANIFEST_NAME).is_file():
        yield "model", read_manifest(folder.model)
    if (folder.gold / MANIFEST_NAME).is_file():
        yield "gold", read_manifest(folder.gold)


def _refuse_cut_log(path: Path, rows: list[Row], checkpoint: Manifest | None) -> None:
    """A chain does not show that its end is gone; the checkpoint that was saved after a row does."""
    head = None if checkpoint is None else checkpoint.counts.get(LOG_HEAD)
    if head is not None and all(row["chain"] != head for row in rows):
        raise ManifestMismatch(
            f"{path}:{len(rows) + 1}: the row that the newest checkpoint was saved after is missing",
            hint="put metrics.jsonl back from a copy",
        )
