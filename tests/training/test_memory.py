"""Out of memory is said in words, with a way out that keeps the step as it is."""

import pytest
import torch

from mypt.errors import TrainingError
from mypt.training.memory import memory_errors
from mypt.training.recipe import TrainingConfig

CONFIG = TrainingConfig(steps=1, batch_size=12, grad_accum_steps=2)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        MemoryError(),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 8"),
    ],
)
def test_a_full_device_is_an_error_with_a_way_out(error: Exception) -> None:
    with (
        pytest.raises(TrainingError, match="out of memory with 12 sequences") as caught,
        memory_errors(CONFIG),
    ):
        raise error

    assert "--set training.batch_size=6 --set training.grad_accum_steps=4" in caught.value.hint
    assert "training.activation_checkpointing=full" in caught.value.hint


def test_what_is_lowered_already_is_not_advised() -> None:
    lowest = CONFIG.model_copy(update={"batch_size": 1, "activation_checkpointing": "full"})

    with pytest.raises(TrainingError) as caught, memory_errors(lowest):
        raise MemoryError

    assert caught.value.hint.startswith("more processes with --set training.shard=full, or a smaller model")


def test_a_product_that_is_too_large_for_this_machine_is_one() -> None:
    with pytest.raises(TrainingError), memory_errors(CONFIG):
        torch.empty(2**60, dtype=torch.uint8)


def test_other_errors_pass() -> None:
    with pytest.raises(RuntimeError, match="shapes"), memory_errors(CONFIG):
        raise RuntimeError("shapes differ")
