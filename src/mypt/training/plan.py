"""What a run will take, from its recipe alone: work, memory, disk and time.

Nothing is built and nothing is run. What is measured, what is a maker's figure
and what is assumed is said beside each number that rests on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mypt.model.config import GPTConfig
from mypt.model.size import FlopsPerToken, count_parameters, flops_per_token, optimizer_bytes
from mypt.training.adapt_recipe import TextRecipe
from mypt.training.plan_data import DatasetCounts, SourceUse, source_uses
from mypt.training.plan_machine import Machine
from mypt.training.plan_memory import MemoryPlan, plan_memory, step_load
from mypt.training.recipe import TrainingConfig

_WEIGHT_BYTES = 4  # master weights, in checkpoints and in the released model
_COMPUTE_BYTES = {"fp32": 4, "bf16": 2, "fp16": 2}


@dataclass(frozen=True)
class WorkPlan:
    """How much is computed."""

    parameters: int
    steps: int
    tokens_per_step: int
    flops_per_token: FlopsPerToken

    @property
    def tokens(self) -> int:
        """Return the tokens of the whole run."""
        return self.steps * self.tokens_per_step

    @property
    def training_flops(self) -> int:
        """Return what the run executes, with causal attention counted exactly."""
        return self.tokens * self.flops_per_token.training_flops

    @property
    def conventional_training_flops(self) -> int:
        """Return the same by the form in which MFU is published."""
        return self.tokens * self.flops_per_token.conventional_training_flops


@dataclass(frozen=True)
class TimePlan:
    """How long it takes on the machine, at the share of its peak that is said there."""

    tokens_per_second: float
    """Of all processes together."""
    training_seconds: float
    validation_seconds: float
    n_validations: int

    @property
    def seconds(self) -> float:
        """Return the time of the whole run, without writing checkpoints and compiling."""
        return self.training_seconds + self.validation_seconds


@dataclass(frozen=True)
class DiskPlan:
    """What is written and kept."""

    checkpoint_bytes: int
    model_bytes: int
    n_kept: int
    """Checkpoints that lie there at the end: the newest and the GOLD one."""
    n_written: int
    seconds_between: float

    @property
    def needed_bytes(self) -> int:
        """Return the room needed at most: what is kept, one that is being written, and the finished model."""
        return (self.n_kept + 1) * self.checkpoint_bytes + self.model_bytes


@dataclass(frozen=True)
class Plan:
    """Everything that a recipe says before it is run."""

    machine: Machine
    config: GPTConfig
    work: WorkPlan
    sources: tuple[SourceUse, ...]
    memory: MemoryPlan
    time: TimePlan
    disk: DiskPlan


def make_plan(
    recipe: TextRecipe, config: GPTConfig, machine: Machine, counts: Mapping[str, DatasetCounts]
) -> Plan:
    """Return the plan of a recipe for an architecture; datasets without counts leave their epochs unknown."""
    training = recipe.training
    work = _work(config, training)
    time = _time(recipe, config, work, machine)
    load = step_load(
        config,
        training,
        compute_bytes=_COMPUTE_BYTES[machine.precision],
        n_processes=machine.n_processes,
        is_gpu=machine.is_gpu,
    )
    return Plan(
        machine=machine,
        config=config,
        work=work,
        sources=source_uses(recipe, counts, work.steps, work.tokens_per_step),
        memory=plan_memory(config, load, machine.memory_bytes, 1 if training.audit else machine.n_processes),
        time=time,
        disk=_disk(config, training, time),
    )


def _work(config: GPTConfig, training: TrainingConfig) -> WorkPlan:
    return WorkPlan(
        parameters=count_parameters(config),
        steps=training.steps,
        tokens_per_step=training.batch_size * training.grad_accum_steps * config.block_size,
        flops_per_token=flops_per_token(config, config.block_size),
    )


def _time(recipe: TextRecipe, config: GPTConfig, work: WorkPlan, machine: Machine) -> TimePlan:
    training = recipe.training
    flops = machine.peak_flops * machine.mfu
    each = work.flops_per_token.conventional_training_flops
    busy = _busy_share(training.grad_accum_steps, machine.n_processes)
    rate = flops / (each * _recomputed(training)) * machine.n_processes * busy
    n_validations = 1 + -(-training.steps // training.validate_every)
    # Forward alone is a third of a training step; processes share the windows.
    seconds_each = _validation_tokens(recipe, config) * each / 3 / (flops * machine.n_processes)
    return TimePlan(
        tokens_per_second=rate,
        training_seconds=work.tokens / rate,
        validation_seconds=n_validations * seconds_each,
        n_validations=n_validations,
    )


def _busy_share(micro_batches: int, n_processes: int) -> float:
    """Return how much of the processes' time is used when the last round of micro-batches is not full."""
    rounds = -(-micro_batches // n_processes)
    return micro_batches / (rounds * n_processes)


def _recomputed(training: TrainingConfig) -> float:
    """Return the work, with what activation checkpointing computes twice, over the work without it."""
    # What `selective` computes again is no product.
    return 4 / 3 if training.activation_checkpointing == "full" else 1.0


def _validation_tokens(recipe: TextRecipe, config: GPTConfig) -> int:
    """Return the tokens of one validation: held-out and training text, eval sets, and sequences to copy."""
    n_categories = 2 + len(recipe.eval_sets)
    training = recipe.training
    sequences = n_categories * training.validation_windows + training.copy_sequences
    return sequences * config.block_size


def _disk(config: GPTConfig, training: TrainingConfig, time: TimePlan) -> DiskPlan:
    weights = _WEIGHT_BYTES * count_parameters(config)
    n_written = -(-training.steps // training.checkpoint_every)
    return DiskPlan(
        checkpoint_bytes=weights + optimizer_bytes(config, training.optimizer),
        model_bytes=weights,
        n_kept=min(n_written, training.keep_checkpoints) + 1,
        n_written=n_written,
        seconds_between=time.seconds / n_written,
    )
