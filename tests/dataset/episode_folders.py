"""Small tokenised episodes on disk."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mypt.config import Section
from mypt.conversation.bulk_render import RenderedMany
from mypt.dataset.episode_shards import episode_writer
from mypt.provenance.artifact import staged

ROW = 12


class Recipe(Section):
    """Whatever made them."""

    row_tokens: int = ROW


def rendered(lengths: Sequence[int], seed: int = 0) -> RenderedMany:
    """Episodes of random ids of which the second half is learned, with odd weights."""
    rng, total = np.random.default_rng(seed), sum(lengths)
    weights = np.concatenate(
        [np.where(np.arange(n) < n // 2, 0, rng.uniform(0.5, 2, n)) for n in lengths]
    ).astype(np.float32)
    ids = rng.integers(1, 61, total).astype(np.int32)
    starts = np.cumsum([0, *lengths]).astype(np.int64)
    return RenderedMany(ids, (weights > 0).astype(np.uint8), weights, starts)


def write_episodes(folder: Path, many: RenderedMany, *, has_weights: bool = True) -> Path:
    """Seal a dataset whose `train` split holds these episodes and whose `val` split is empty."""
    with staged(folder, "episode_dataset", Recipe(), replace=True) as draft:
        draft.counts["dtype"] = "uint16"
        with episode_writer(draft.path / "train", "uint16", has_weights=has_weights) as writer:
            writer.append(many)
            writer.pack(ROW)
        with episode_writer(draft.path / "val", "uint16", has_weights=has_weights) as writer:
            writer.pack(ROW)
    return folder
