"""Tests of what blocks keep for backward."""

from typing import get_args

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from mypt.model.activation_checkpointing import ActivationCheckpointing
from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT
from mypt.model.packing import pack
from tests.model.models import BOTH, MODERN, gradients, make_model, random_ids

MODES: tuple[ActivationCheckpointing, ...] = get_args(ActivationCheckpointing)

both_styles = pytest.mark.parametrize("config", BOTH, ids=["modern", "gpt2-style"])
dtypes = pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=["fp32", "bf16"])


def _loss_and_gradients(
    model: GPT, mode: ActivationCheckpointing, segments: Tensor | None
) -> dict[str, Tensor]:
    ids = random_ids(2, 24)
    packing = None if segments is None else pack(segments.numpy(), ids.device)
    model.activation_checkpointing = mode
    torch.manual_seed(3)
    model.zero_grad()
    logits = model.head(model.hidden(ids, packing=packing))
    loss = F.cross_entropy(logits.float().flatten(0, 1), ids.flatten())
    loss.backward()
    return {**gradients(model), "loss": loss.detach()}


@dtypes
@both_styles
@pytest.mark.parametrize("segments", [None, torch.arange(24).expand(2, 24) // 10], ids=["plain", "packed"])
@pytest.mark.parametrize("mode", ["selective", "full"])
def test_loss_and_gradients_are_the_same_to_the_bit_with_dropout(
    config: GPTConfig, mode: ActivationCheckpointing, segments: Tensor | None, dtype: torch.dtype
) -> None:
    model = make_model(config.model_copy(update={"dropout": 0.3})).train()
    model.compute_dtype = dtype

    computed_again = _loss_and_gradients(model, mode, segments)

    expected = _loss_and_gradients(model, "none", segments)
    torch.testing.assert_close(computed_again, expected, atol=0, rtol=0)


class _Counter(TorchDispatchMode):
    """Counts the operations that are computed."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.counts: dict[str, int] = {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        name = str(func).split(".")[1]
        self.counts[name] = self.counts.get(name, 0) + 1
        return func(*args, **(kwargs or {}))


def _operations(mode: ActivationCheckpointing) -> dict[str, int]:
    model = make_model(MODERN).train()
    with _Counter() as counter:
        _loss_and_gradients(model, mode, None)
    return counter.counts


def test_selective_computes_no_product_twice_but_all_that_is_cheap() -> None:
    everything_kept, selective, full = (_operations(mode) for mode in MODES)

    attention = "_scaled_dot_product_flash_attention_for_cpu"
    assert selective["mm"] == everything_kept["mm"]
    assert full["mm"] == everything_kept["mm"] + 3 * MODERN.n_layer  # backward never asks for the last one
    assert selective[attention] == everything_kept[attention] == MODERN.n_layer
    assert full[attention] == 2 * MODERN.n_layer
    assert selective["silu"] == full["silu"] == 2 * everything_kept["silu"]


def _kept_bytes(model: GPT) -> int:
    """Return the bytes that only backward keeps alive, weights left out."""
    weights = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    kept: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        model(random_ids(2, 24))
    return sum(n_bytes for place, n_bytes in kept.items() if place not in weights)


def test_full_keeps_less_for_backward() -> None:
    model = make_model(MODERN.model_copy(update={"n_layer": 4})).train()
    everything = _kept_bytes(model)
    model.activation_checkpointing = "full"

    assert _kept_bytes(model) < everything / 2


def test_nothing_is_checkpointed_outside_of_training() -> None:
    model = make_model(MODERN).eval()
    model.activation_checkpointing = "full"

    with _Counter() as counter:
        model(random_ids(2, 24)).sum().backward()

    assert counter.counts["silu"] == MODERN.n_layer


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("segments", [None, np.arange(256)[None] // 100], ids=["plain", "packed"])
def test_on_a_gpu_memory_falls_from_mode_to_mode(segments: np.ndarray | None) -> None:
    model = (
        make_model(MODERN.model_copy(update={"n_layer": 8, "n_embd": 512, "block_size": 256})).cuda().train()
    )
    model.compute_dtype = torch.bfloat16
    packing = None if segments is None else pack(segments, "cuda", dtype=torch.bfloat16)
    peaks = []

    for mode in MODES:
        model.activation_checkpointing = mode
        torch.cuda.reset_peak_memory_stats()
        model.hidden(random_ids(1, 256).cuda(), packing=packing).sum().backward()
        peaks.append(torch.cuda.max_memory_allocated())

    assert peaks[0] > peaks[1] > peaks[2]
