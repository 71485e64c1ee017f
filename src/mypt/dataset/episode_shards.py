"""Tokenised episodes on disk: flat little-endian files without header, written in one pass."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
from jaxtyping import Int64

from mypt.conversation.bulk_render import RenderedMany
from mypt.dataset.episode_rows import EPISODES_NAME, MASK_NAME, PACKS_NAME, TOKENS_NAME, WEIGHTS_NAME
from mypt.dataset.packing import PackingStats, compute_packing_stats, greedy_bin_pack
from mypt.dataset.token_shards import DTYPES


@dataclass
class EpisodeWriter:
    """The open files of one split."""

    folder: Path
    dtype: str
    tokens: BinaryIO
    mask: BinaryIO
    weights: BinaryIO | None
    lengths: list[Int64[np.ndarray, " _"]] = field(default_factory=list)

    def append(self, many: RenderedMany) -> None:
        """Write episodes behind those that are there; the first token of each is no target: weight 0."""
        mask, weights = many.mask.copy(), many.weights.astype("<f4")
        mask[many.starts[:-1]] = weights[many.starts[:-1]] = 0
        self.tokens.write(many.ids.astype(np.dtype(DTYPES[self.dtype]).newbyteorder("<")).tobytes())
        self.mask.write(mask.tobytes())
        if self.weights:
            self.weights.write(weights.tobytes())
        self.lengths.append(np.diff(many.starts))

    def pack(self, row_tokens: int, groups: Sequence[Int64[np.ndarray, " _"]] | None = None) -> PackingStats:
        """Write where each episode lies and which ones share a row; return how full the rows are.

        Raises InputError when an episode has nothing to predict or more than a row takes.
        """
        lengths = np.concatenate([np.zeros(0, np.int64), *self.lengths])
        places = lengths - 1
        rows = greedy_bin_pack(places, row_tokens, groups)
        order = np.argsort(rows, kind="stable")
        np.c_[np.cumsum(lengths) - lengths, lengths].astype("<i8").tofile(self.folder / EPISODES_NAME)
        np.c_[rows[order], order].astype("<i8").tofile(self.folder / PACKS_NAME)
        return compute_packing_stats(places, rows, row_tokens)


@contextmanager
def episode_writer(folder: Path, dtype: str, *, has_weights: bool) -> Iterator[EpisodeWriter]:
    """Give what writes the episodes of a split into a new folder; call its `pack` last."""
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        names = (TOKENS_NAME, MASK_NAME, *([WEIGHTS_NAME] if has_weights else []))
        files = [stack.enter_context((folder / name).open("wb")) for name in names]
        yield EpisodeWriter(folder, dtype, files[0], files[1], files[2] if has_weights else None)
