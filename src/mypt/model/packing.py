"""Several segments in one row: where each token stands, and whom it may see.

Made once for each micro-batch, on the loader's thread: numpy counts, and only
what the chosen kernel reads is copied to the device.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Bool, Int, Int64
from torch import Tensor

from mypt.errors import InputError
from mypt.model.masks import Bounds, Lengths, Mask, block_mask, segment_mask
from mypt.model.packed_attention import has_varlen

Backend = Literal["varlen", "flex", "split", "sdpa"]

_SHORT = 128
"""Segments up to here are attended as short ones: the kernel starts fewer threads that find nothing to do."""
_WORTH_A_CALL = 8192
"""Scores of one head that a dense mask takes in about the time of one call; measured with 6 heads of 32."""


@dataclass(frozen=True)
class Packing:
    """What attention and positions must know of the segments of a micro-batch."""

    positions: Int[Tensor, "batch time"]
    """Count from 0 in each segment."""
    mask: Mask | None
    """None where plain causal attention is the same."""


def pack(
    segments: Int64[np.ndarray, "batch time"],
    device: torch.device | str,
    *,
    backend: Literal["auto"] | Backend = "auto",
    dtype: torch.dtype = torch.float32,
) -> Packing:
    """Return the packing of rows in which a run of equal numbers is a segment.

    Raises InputError when the device or dtype has no such backend.
    """
    device, is_start = torch.device(device), _starts(segments)
    chosen = backend
    if chosen == "auto":
        chosen = choose_backend(device, dtype)
        chosen = "sdpa" if chosen == "split" and _is_chopped(is_start) else chosen
    if chosen == "varlen" and not has_varlen(device, dtype):
        raise InputError(
            f"varlen attention does not compute in {dtype} on {device}",
            hint="it needs an Nvidia GPU of 2020 or later and bf16 or fp16; choose auto instead",
        )
    return Packing(_to_device(_positions(is_start), device), _mask(is_start, device, chosen))


def longest_segment(segments: Int64[np.ndarray, "batch time"]) -> int:
    """Return how many tokens the longest segment has; a row may be longer than any block."""
    return int(_lengths(_starts(segments)).max())


def choose_backend(device: torch.device, dtype: torch.dtype, *, is_compiled: bool = False) -> Backend:
    """Return the fastest backend whose shapes stay the same where steps are compiled."""
    if has_varlen(device, dtype):
        return "varlen"
    return "split" if device.type == "cpu" and not is_compiled else "sdpa"


def _starts(segments: Int64[np.ndarray, "batch time"]) -> Bool[np.ndarray, "batch time"]:
    """Mark the first token of each segment; each row begins with one."""
    is_start = np.ones(segments.shape, dtype=bool)
    is_start[:, 1:] = segments[:, 1:] != segments[:, :-1]
    return is_start


def _is_chopped(is_start: Bool[np.ndarray, "batch time"]) -> bool:
    """Say whether a CPU loses more by calling for each segment than it saves by skipping the others."""
    return is_start.size * is_start.shape[1] < _WORTH_A_CALL * int(is_start.sum())


def _positions(is_start: Bool[np.ndarray, "batch time"]) -> Int64[np.ndarray, "batch time"]:
    index = np.broadcast_to(np.arange(is_start.shape[1]), is_start.shape)
    return index - np.maximum.accumulate(np.where(is_start, index, 0), axis=1)


def _mask(is_start: Bool[np.ndarray, "batch time"], device: torch.device, backend: Backend) -> Mask | None:
    if backend == "varlen":
        return _bounds(is_start, device)
    if backend in ("split", "sdpa") and not is_start[:, 1:].any():
        return None
    if backend == "split":
        return Lengths(tuple(_lengths(is_start).tolist()))
    runs = is_start.cumsum().reshape(is_start.shape)
    on_device = _to_device(runs, device)
    return segment_mask(on_device) if backend == "sdpa" else block_mask(on_device, runs)


def _lengths(is_start: Bool[np.ndarray, "batch time"]) -> Int64[np.ndarray, " segments"]:
    return np.diff(np.flatnonzero(is_start), append=is_start.size)


def _bounds(is_start: Bool[np.ndarray, "batch time"], device: torch.device) -> Bounds:
    """Return bounds of one of at most eight shapes, so that steps are compiled at most so often."""
    batch, time = is_start.shape
    lengths = _lengths(is_start)
    room = 8  # segments in a row
    while batch * room < len(lengths):
        room *= 8
    starts = np.full(batch * min(room, time) + 1, is_start.size, dtype=np.int32)
    starts[: len(lengths)] = np.flatnonzero(is_start)
    return Bounds(_to_device(starts, device), min(_SHORT, time) if lengths.max() <= _SHORT else time)


def _to_device(array: Int[np.ndarray, "..."], device: torch.device) -> Int[Tensor, "..."]:
    """Copy without making the device wait, if it can."""
    tensor = torch.from_numpy(array)
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)
