"""A finished run becomes sealed models: the GOLD one, and the last one."""

import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from mypt.files import read_json
from mypt.model.checkpoint import load_model, load_sealed_model, save_model
from mypt.model.gpt import GPT
from mypt.provenance.artifact import Artifact, open_artifact, staged
from mypt.tokenizer.registry import save_tokenizer
from mypt.training.adapt_recipe import AdaptRecipe
from mypt.training.checkpointer import checkpoint_path
from mypt.training.datasets import ledger
from mypt.training.forgetting import judge
from mypt.training.gold import decide, gold_step
from mypt.training.job import Job
from mypt.training.recipe import PretrainRecipe
from mypt.training.sft_data import text_eval_sets
from mypt.training.sft_recipe import SftRecipe
from mypt.training.state import STATE_NAME
from mypt.training.trainer import Trainer


def release(job: Job, trainer: Trainer) -> Artifact:
    """Return the last model of a run, sealed after the GOLD one; every process of the run calls it.

    The model stands when all else does, so a run that has one is finished.
    """
    world, folder = trainer.stepper.world, job.folder
    gold = gold_step(decide(trainer.progress.validations, job.recipe.training.gold))
    world.on_main(lambda: None)  # which has sealed the last checkpoint by now: nobody reads it earlier
    if gold is None:
        # One that a replaced run left would pass for this run's.
        world.on_main(lambda: shutil.rmtree(folder.gold, ignore_errors=True))
    else:
        gate = _forgetting(job, trainer, gold)
        world.on_main(lambda: _seal(job, trainer, folder.gold, gold, gate))
    gate = _forgetting(job, trainer, trainer.progress.step)
    return world.on_main(lambda: _seal(job, trainer, folder.model, trainer.progress.step, gate))


def _seal(job: Job, trainer: Trainer, out: Path, step: int, gate: Mapping[str, Any]) -> Artifact:
    checkpoint = checkpoint_path(job.folder.checkpoints, step)
    model = load_model(checkpoint)
    passed_over = int(read_json(checkpoint / STATE_NAME)["data_offset"])
    counts = _counts(trainer, model, step, passed_over) | ({"forgetting": dict(gate)} if gate else {})
    with staged(out, "model", job.recipe, job.inputs, replace=True) as draft:
        save_model(draft.path, model)
        save_tokenizer(draft.path, job.tokenizer)
        draft.counts |= counts
        draft.licences |= job.licences
        draft.environment |= {
            "torch": str(torch.__version__),
            "device": trainer.stepper.world.device.type,
            "compute_dtype": str(trainer.stepper.model.compute_dtype).removeprefix("torch."),
            "threads": str(torch.get_num_threads()),
        }
    return open_artifact(out, "model")


def _counts(trainer: Trainer, model: GPT, step: int, passed_over: int) -> dict[str, Any]:
    """Return what a reader of the manifest wants to know of the model's training.

    `passed_over` is the number of steps whose data a rollback left out by then.
    """
    config = trainer.stepper.config
    validations = [report for report in trainer.progress.validations if report.step <= step]
    n_samples = step * config.batch_size * config.grad_accum_steps
    n_passed = passed_over * config.batch_size * config.grad_accum_steps
    row_tokens = trainer.batches.row_tokens
    read = ledger(trainer.batches.order, n_samples + n_passed, row_tokens)
    return {
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "steps": step,
        "tokens": n_samples * row_tokens,
        "read": [asdict(entry) for entry in read],
        "windows_passed_over": n_passed,
        "validations": [asdict(report) for report in validations],
        "gold": asdict(decide(validations, config.gold)[-1]),
        "log_head": "" if trainer.log is None else trainer.log.head,
    }


def _forgetting(job: Job, trainer: Trainer, step: int) -> dict[str, Any]:
    """Return how each gated category compares with the parent's, for a run that has one."""
    recipe, measured = job.recipe, trainer.validation
    categories, limit = _judged(job)
    if isinstance(recipe, PretrainRecipe) or not categories:
        return {}
    parent = _for_measuring(load_sealed_model(Path(recipe.init_from)), trainer)
    child = _for_measuring(load_model(checkpoint_path(job.folder.checkpoints, step)), trainer)
    results = {}
    for category in categories:
        windows = (measured.windows(parent, category), measured.windows(child, category))
        results[category] = asdict(judge(category, *windows, max_regression=limit, seed=recipe.training.seed))
    return results


def _judged(job: Job) -> tuple[tuple[str, ...], float]:
    """Return the categories in which a run may forget, and how much of them."""
    recipe = job.recipe
    if isinstance(recipe, AdaptRecipe):
        return recipe.forgetting.categories, recipe.forgetting.max_regression
    if isinstance(recipe, SftRecipe):
        return text_eval_sets(recipe, job.datasets), recipe.max_regression
    return (), 0.0


def _for_measuring(model: GPT, trainer: Trainer) -> GPT:
    model.compute_dtype = trainer.stepper.model.compute_dtype
    return model.to(trainer.stepper.world.device)
