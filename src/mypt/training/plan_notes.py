"""What is worth knowing about a plan before it costs anything: refusals and warnings."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from mypt.training.adapt_recipe import AdaptRecipe, TextRecipe
from mypt.training.plan import Plan
from mypt.training.plan_data import epochs_by_dataset, stage_steps

_TOKENS_PER_PARAMETER = 20.0  # compute-optimal: Hoffmann et al. 2022, arXiv:2203.15556
_EPOCHS = 4.0  # repeating up to here costs almost nothing: Muennighoff et al. 2023, arXiv:2305.16264
_WARMUP_SHARE = 0.10
_VALIDATION_SHARE = 0.10
_MINUTE, _HOUR = 60.0, 3600.0


@dataclass(frozen=True)
class Note:
    """One thing to know, and what to do about it."""

    level: Literal["refused", "warning"]
    text: str


def notes_on(plan: Plan, recipe: TextRecipe) -> tuple[Note, ...]:
    """Return what would end the run first, then what could be better."""
    refused = [Note("refused", text) for text in _refusals(plan, recipe)]
    warned = [
        Note("warning", text)
        for text in chain(
            () if isinstance(recipe, AdaptRecipe) else _about_size(plan),
            _about_epochs(plan),
            _about_schedule(plan, recipe),
            _about_checkpoints(plan, recipe),
        )
    ]
    return (*refused, *warned)


def _refusals(plan: Plan, recipe: TextRecipe) -> Iterator[str]:
    if not plan.memory.fits:
        ways = plan.memory.ways_to_fit
        yield "the step does not fit into the device's memory: " + (
            "; or ".join(ways)
            if ways
            else "take a smaller model, more processes with training.shard=full, or a device with more memory"
        )
    n_processes, micro_batches = plan.machine.n_processes, recipe.training.grad_accum_steps
    if micro_batches % n_processes:
        yield (
            f"{n_processes} processes do not divide training.grad_accum_steps={micro_batches}: "
            f"--set training.grad_accum_steps={-(-micro_batches // n_processes) * n_processes}"
        )
    yield from _about_stages(plan, recipe)
    if recipe.training.fp8:
        yield from _about_float8(plan)


def _about_float8(plan: Plan) -> Iterator[str]:
    from mypt.model.float8 import float8_pays  # brings torch, which takes seconds to import

    verdict = float8_pays(plan.config)
    if not verdict.pays:
        yield f"fp8 does not pay: {verdict.reason}: --set training.fp8=false"
    elif not plan.machine.has_fp8:
        yield f"{plan.machine.name} has no 8-bit products: --set training.fp8=false"
    elif plan.machine.precision != "bf16":
        yield "fp8 needs training.precision=bf16: --set training.fp8=false"


def _about_size(plan: Plan) -> Iterator[str]:
    ratio = plan.work.tokens / plan.work.parameters
    if ratio < _TOKENS_PER_PARAMETER:
        yield (
            f"{ratio:.1f} tokens per parameter; about 20 give the best model for the work "
            "(arXiv:2203.15556): more steps or a smaller model"
        )


def _about_epochs(plan: Plan) -> Iterator[str]:
    for dataset, epochs in epochs_by_dataset(plan.sources).items():
        if epochs > _EPOCHS:
            yield (
                f"{dataset} is read {epochs:.1f} times; beyond 4 times repeating teaches less and less "
                "(arXiv:2305.16264): more text, fewer steps or a lower weight"
            )


def _about_stages(plan: Plan, recipe: TextRecipe) -> Iterator[str]:
    for stage, n_steps in stage_steps(recipe, plan.work.steps):
        if n_steps == 0:
            yield (
                f"stage {stage.name!r} never begins, because the run ends at step {plan.work.steps:,}: raise "
                "training.steps, or lower until_iter of the stage before"
            )


def _about_schedule(plan: Plan, recipe: TextRecipe) -> Iterator[str]:
    training = recipe.training
    warmup = training.warmup_steps / training.steps
    if warmup > _WARMUP_SHARE:
        yield f"the warm-up takes {warmup:.0%} of the steps; up to 10 % is usual"
    validation = plan.time.validation_seconds / plan.time.seconds
    if validation > _VALIDATION_SHARE:
        yield (
            f"validation takes {validation:.0%} of the time: raise training.validate_every or lower "
            "training.validation_windows"
        )


def _about_checkpoints(plan: Plan, recipe: TextRecipe) -> Iterator[str]:
    seconds = plan.disk.seconds_between
    if plan.disk.n_written > 1 and seconds < _MINUTE:
        yield f"a checkpoint every {seconds:.0f} seconds: raise training.checkpoint_every"
    if seconds > _HOUR:
        steps = max(1, int(recipe.training.checkpoint_every * _HOUR / seconds))
        yield (
            f"a checkpoint only every {seconds / _HOUR:.1f} hours, so much a crash may cost: "
            f"--set training.checkpoint_every={steps}"
        )
