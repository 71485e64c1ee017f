"""Running out of memory, said in words: what was too large and what to lower."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from mypt.errors import TrainingError
from mypt.training.recipe import TrainingConfig

_CPU_ALLOCATOR = "can't allocate memory"


@contextmanager
def memory_errors(config: TrainingConfig) -> Iterator[None]:
    """Turn the ways in which a device says that it is full into a TrainingError with a way out."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not _is_full(error):
            raise
        raise TrainingError(
            f"out of memory with {config.batch_size} sequences in a micro-batch", hint=_way_out(config)
        ) from error


def _is_full(error: RuntimeError) -> bool:
    return isinstance(error, torch.OutOfMemoryError) or _CPU_ALLOCATOR in str(error)


def _way_out(config: TrainingConfig) -> str:
    """Keep the step as it is where that is possible: smaller micro-batches, and more of them."""
    ways = []
    if config.batch_size > 1:
        batch_size = next(n for n in range(config.batch_size // 2, 0, -1) if config.batch_size % n == 0)
        more = config.grad_accum_steps * (config.batch_size // batch_size)
        ways.append(f"--set training.batch_size={batch_size} --set training.grad_accum_steps={more}")
    if config.activation_checkpointing != "full":
        ways.append("--set training.activation_checkpointing=full")
    if config.shard == "none":
        ways.append("more processes with --set training.shard=full")
    ways.append("a smaller model")
    return f"{', or '.join(ways)}; `mypt plan` says beforehand what fits"
