"""Folders of runs, as a training run leaves them, made without training."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mypt.config import validate
from mypt.provenance.artifact import staged
from mypt.training.gold import GoldConfig, decide
from mypt.training.metrics_log import MetricsLog
from mypt.training.recipe import PretrainRecipe
from mypt.training.reports import CategoryLoss, StepReport, ValidationReport
from mypt.training.run_folder import RunFolder
from mypt.training.run_record import LOG_HEAD
from mypt.training.sft_recipe import TrainingRecipe

GENESIS = "f" * 64
NAN = math.nan


def make_recipe(**gold: float) -> PretrainRecipe:
    values = {
        "dataset": "artifacts/tiny/dataset", "model": {"preset": "tiny"},
        "training": {"steps": 1000, "gold": gold},
    }  # fmt: skip
    return validate(values, PretrainRecipe, "test")


def make_step(step: int, **changed: Any) -> StepReport:
    values = {
        "step": step, "loss": 1 + 3 / (step + 1), "learning_rate": 1e-3 * (1 - step / 2000), "grad_norm": 0.5,
        "tokens": 512 * step, "stage": "all", "seconds": 0.25, "data_seconds": 0.01, **changed,
    }  # fmt: skip
    return StepReport(**values)


def make_validation(step: int, **bits: float) -> ValidationReport:
    categories = {name: CategoryLoss(value, value * 2, 100, 300) for name, value in bits.items()}
    return ValidationReport(step, categories)


HISTORY = (
    make_validation(0, held_out=8.0, train=8.0, domain=8.0),
    make_validation(100, held_out=3.0, train=2.9, domain=3.0),
    make_validation(200, held_out=2.5, train=2.0, domain=3.9),  # domain: 30 % above its lowest
    make_validation(300, held_out=2.4, train=1.9, domain=3.1),
    make_validation(400, held_out=2.45, train=1.5, domain=2.8),
    make_validation(500, held_out=2.46, train=1.4, domain=2.8),  # the second rise in a row
    make_validation(600, held_out=2.3, train=1.1, domain=2.7),  # 2.09 times the training loss
)
"""GOLD is step 300: each later one is kept out by another guard."""


def write_log(log: MetricsLog, history: Sequence[ValidationReport] = HISTORY, *, config: GoldConfig) -> None:
    """Log what a run does between and at its validations, ten steps apart."""
    previous = 0
    for report, decision in zip(history, decide(history, config), strict=True):
        for step in range(previous + 10, report.step + 1, 10):
            log.on_step(make_step(step))
        log.on_validation(report)
        log.on_event({"event": "gold", **asdict(decision)})
        previous = report.step


def make_run(
    folder: Path, history: Sequence[ValidationReport] = HISTORY, *, has_ended: bool = True, **gold: float
) -> RunFolder:
    """Write the log and the newest checkpoint of a run."""
    run, recipe = RunFolder(folder), make_recipe(**gold)
    log = MetricsLog(run.metrics, GENESIS)
    write_log(log, history, config=recipe.training.gold)
    seal_checkpoint(run, recipe, history[-1].step, {LOG_HEAD: log.head})
    if has_ended:
        log.on_event({"event": "end", "step": history[-1].step})
    log.flush()
    return run


def seal_checkpoint(run: RunFolder, recipe: TrainingRecipe, step: int, counts: Mapping[str, Any]) -> None:
    with staged(run.checkpoints / f"step-{step:08d}", "checkpoint", recipe) as draft:
        draft.counts |= {"step": step, **counts}
        draft.licences |= {"CC0-1.0": 8}
        draft.environment |= {"torch": "2.13.0"}
