"""A micro-batch as tensors where the model is, made ahead of the step that needs it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Float32, Int, Int64, Shaped
from torch import Tensor

from mypt.dataset.batch import Batch
from mypt.model.packing import Backend, Packing, pack

LOSS_ROWS = {"cpu": 1024, "cuda": 4096}
"""Rows whose logits exist at once, by type of device."""


@dataclass(frozen=True)
class DeviceBatch:
    """A micro-batch on the device; what can be counted is counted before it goes there."""

    inputs: Int[Tensor, "batch time"]
    targets: Int[Tensor, "batch time"]
    packing: Packing | None
    """Of rows that hold several documents or episodes; None: each row is one."""
    learned: Int[Tensor, " rows"] | None
    """Places of the targets that count, in the flattened batch; None: all of them.

    On a GPU filled up to whole chunks with places of weight 0, so that shapes stay the same.
    """
    weights: Float[Tensor, " rows"]
    """How much each learned target counts."""
    weight_sum: float
    n_tokens: int


def to_device(
    batch: Batch,
    device: torch.device,
    *,
    attention: Literal["auto"] | Backend = "auto",
    dtype: torch.dtype = torch.float32,
) -> DeviceBatch:
    """Copy a micro-batch to the device; on a GPU from pinned memory, without waiting.

    `dtype` is what the model computes in. Raises InputError when the device has no such attention.
    """
    segments = batch.segments
    fill_to = LOSS_ROWS["cuda"] if device.type == "cuda" else 1
    learned, weights = learned_places(batch.weights.ravel(), fill_to=fill_to)
    return DeviceBatch(
        inputs=_sent(batch.inputs, device),
        targets=_sent(batch.targets, device),
        packing=None if segments is None else pack(segments, device, backend=attention, dtype=dtype),
        learned=None if learned is None else _sent(learned, device),
        weights=_sent(weights, device),
        weight_sum=float(batch.weights.sum(dtype="float64")),
        n_tokens=batch.n_tokens,
    )


def learned_places(
    weights: Float32[np.ndarray, " places"], *, fill_to: int = 1
) -> tuple[Int64[np.ndarray, " rows"] | None, Float32[np.ndarray, " rows"]]:
    """Return the places that count and their weights, filled up to a multiple; None for all of them."""
    places = np.flatnonzero(weights)
    if len(places) == len(weights):
        return None, weights
    n_more = -len(places) % fill_to
    return np.pad(places, (0, n_more)), np.pad(weights[places], (0, n_more))


def _sent(array: Shaped[np.ndarray, "..."], device: torch.device) -> Tensor:
    tensor = torch.from_numpy(np.ascontiguousarray(array))
    return tensor if device.type == "cpu" else tensor.pin_memory().to(device, non_blocking=True)
