"""What the model writes in an episode, part by part: text, thoughts, citations, calls, and each tag."""

import math

import numpy as np
from jaxtyping import Bool, Float, Float64, Int64

from mypt.conversation.roles import ROLES, TAGS, roles_of, tag_numbers
from mypt.dataset.batch import Batch
from mypt.training.reports import PartLoss

PARTS: tuple[str, ...] = (*ROLES, *(tag.value for tag in TAGS))
"""Text by its role, and every tag by its string."""


def part_sums(
    batch: Batch,
    first_tag: int,
    nll: Float[np.ndarray, "batch time"],
    is_hit: Bool[np.ndarray, "batch time"],
) -> Float64[np.ndarray, "batch parts 3"]:
    """Return nats, hits and number of the targets that count, by row and part."""
    sums = np.zeros((len(nll), len(PARTS), 3))
    rows, places = np.nonzero(batch.weights)
    numbers = _parts_of(batch, first_tag)[rows, places]
    values = np.stack([nll[rows, places], is_hit[rows, places], np.ones(len(rows))], axis=1)
    np.add.at(sums, (rows, numbers), values)
    return sums


def part_losses(sums: Float64[np.ndarray, "windows parts 3"] | None) -> dict[str, PartLoss]:
    """Return the loss of each part that occurs, over all windows."""
    if sums is None:
        return {}
    totals = {name: [math.fsum(column) for column in sums[:, i].T] for i, name in enumerate(PARTS)}
    return {name: PartLoss(nats / n, hits / n, int(n)) for name, (nats, hits, n) in totals.items() if n}


def _parts_of(batch: Batch, first_tag: int) -> Int64[np.ndarray, "batch time"]:
    """Return the part of each target; the tag that opens what the model writes is a target itself."""
    is_start = np.ones(batch.targets.shape, dtype=bool)
    segments = np.zeros_like(batch.targets) if batch.segments is None else batch.segments
    is_start[:, 1:] = segments[:, 1:] != segments[:, :-1]
    tags = tag_numbers(batch.targets.ravel(), first_tag)
    roles = roles_of(tags, np.flatnonzero(is_start))
    return np.where(tags >= 0, len(ROLES) + tags, roles).reshape(batch.targets.shape)
