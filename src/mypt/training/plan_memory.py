"""Whether a step fits into a device, and if not, what to lower."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mypt.model.config import GPTConfig
from mypt.model.size import Checkpointing, StepLoad, TrainingMemory, training_memory
from mypt.training.recipe import TrainingConfig

USABLE_SHARE = 0.92
"""Of a device's memory; the driver, kernels' scratch space and the allocator's gaps take the rest."""

LOGIT_ROWS = {"cpu": 1024, "cuda": 4096}
"""What the loss projects at once; a test holds it against the loss, which needs torch to be asked."""

_LEVELS: tuple[Checkpointing, ...] = ("none", "selective", "full")


@dataclass(frozen=True)
class MemoryPlan:
    """What one process needs at its peak, against what its device has."""

    needed: TrainingMemory
    device_bytes: int
    usable_bytes: int
    by_checkpointing: dict[str, int]
    """Level of activation checkpointing → total bytes."""
    ways_to_fit: tuple[str, ...]
    """Settings that would make it fit, the best first; empty when it fits or when nothing helps."""

    @property
    def fits(self) -> bool:
        """Say whether the estimate is below what the device can give."""
        return self.needed.total_bytes <= self.usable_bytes


def step_load(
    config: GPTConfig, training: TrainingConfig, *, compute_bytes: int, n_processes: int, is_gpu: bool
) -> StepLoad:
    """Return what one process computes at a time by a recipe."""
    has_segment_kernel = training.attention in ("varlen", "flex") or (
        training.attention == "auto" and (compute_bytes < 4 if is_gpu else not _is_compiled(training))
    )
    return StepLoad(
        n_sequences=training.batch_size,
        n_tokens=config.block_size,
        compute_bytes=compute_bytes,
        checkpointing=training.activation_checkpointing,
        optimizer=training.optimizer,
        n_shards=n_processes if training.shard == "full" else 1,
        dense_mask=training.isolate_documents and not has_segment_kernel,
        logit_rows=LOGIT_ROWS["cuda" if is_gpu else "cpu"],
    )


def _is_compiled(training: TrainingConfig) -> bool:
    """Say whether steps are compiled on a CPU, where segments cannot be attended one by one then."""
    return training.compile in ("block", "full")


def plan_memory(config: GPTConfig, load: StepLoad, device_bytes: int, n_processes: int) -> MemoryPlan:
    """Return what a step needs, and what would help where that is too much."""
    usable = int(device_bytes * USABLE_SHARE)
    needed = training_memory(config, load)
    levels: dict[str, int] = {level: _total(config, replace(load, checkpointing=level)) for level in _LEVELS}
    ways = () if needed.total_bytes <= usable else _ways_to_fit(config, load, usable, n_processes)
    return MemoryPlan(needed, device_bytes, usable, levels, ways)


def _ways_to_fit(config: GPTConfig, load: StepLoad, usable: int, n_processes: int) -> tuple[str, ...]:
    """Return those that change the fewest settings: of each kind of change the gentlest."""
    fitting = [other for other in _other_loads(load, n_processes) if _total(config, other) <= usable]
    if not fitting:
        return ()
    fewest = min(len(_changes(load, other)) for other in fitting)
    gentlest: dict[tuple[str, ...], StepLoad] = {}
    for other in fitting:
        kind = tuple(sorted(_changes(load, other)))
        if len(kind) == fewest:
            gentlest.setdefault(kind, other)
    return tuple(_as_settings(load, other) for other in gentlest.values())


def _other_loads(load: StepLoad, n_processes: int) -> Iterator[StepLoad]:
    """Yield what the same step could be, from the gentlest change to the hardest."""
    batches = [size for size in range(load.n_sequences, 0, -1) if load.n_sequences % size == 0]
    levels = _LEVELS[_LEVELS.index(load.checkpointing) :]
    shards = {load.n_shards} if load.optimizer == "muon" else {load.n_shards, n_processes}
    for n_shards in sorted(shards):  # Muon needs whole matrices on each process
        for level in levels:
            for size in batches:
                yield replace(load, n_sequences=size, checkpointing=level, n_shards=n_shards)


def _changes(load: StepLoad, other: StepLoad) -> list[str]:
    fields = ("n_sequences", "checkpointing", "n_shards")
    return [field for field in fields if getattr(load, field) != getattr(other, field)]


def _as_settings(load: StepLoad, other: StepLoad) -> str:
    """Say a change as settings that leave the tokens of a step as they are."""
    said = {
        "n_sequences": f"--set training.batch_size={other.n_sequences} and "
        f"{load.n_sequences // other.n_sequences} times training.grad_accum_steps",
        "checkpointing": f"--set training.activation_checkpointing={other.checkpointing}",
        "n_shards": "--set training.shard=full",
    }
    return ", ".join(said[change] for change in _changes(load, other))


def _total(config: GPTConfig, load: StepLoad) -> int:
    return training_memory(config, load).total_bytes
