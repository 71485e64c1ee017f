"""Packed rows of tokenised episodes as batches; no episode sees another or predicts its first token."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from jaxtyping import Int64

from mypt.dataset.batch import Batch
from mypt.dataset.token_shards import DTYPES, TokenArray
from mypt.errors import InputError, ManifestMismatch
from mypt.provenance.manifest import read_manifest

TOKENS_NAME = "tokens.bin"
MASK_NAME = "mask.bin"
WEIGHTS_NAME = "mask_weighted.bin"
EPISODES_NAME = "episodes.idx"
"""Start and length of each episode in the files above, two int64."""
PACKS_NAME = "packs.idx"
"""Row and number of each episode, two int64, in the order of rows."""

Places = Int64[np.ndarray, " _"]
_PADDING_ID = 0  # any id does: it is seen by padding alone, and learned by nobody
_REBUILD = "tokenise the episodes again: mypt sft tokenize"


@dataclass(frozen=True, eq=False)
class EpisodeRows:
    """The episodes of one split, memory-mapped, and the rows they share."""

    tokens: TokenArray
    weights: npt.NDArray[np.float32] | npt.NDArray[np.uint8]
    """Of each token as a target."""
    starts: Places
    """Where each episode begins."""
    lengths: Places
    packed: Places
    """Numbers of the episodes, row after row."""
    row_starts: Places
    """Where each row begins in `packed`, and where the last one ends."""
    row_tokens: int

    @staticmethod
    def open(folder: Path, split: str, row_tokens: int) -> "EpisodeRows":
        """Map a split of an episode dataset; its weights are those of the mask where it has no others.

        Raises InputError when it holds no episodes or its rows are longer than `row_tokens`, and
        ManifestMismatch when its files do not belong together.
        """
        manifest = read_manifest(folder)
        if manifest.kind != "episode_dataset":
            raise ManifestMismatch(f"{folder}: expected an episode_dataset, this is a {manifest.kind}")
        opened = _open(folder / split, str(manifest.counts.get("dtype")), row_tokens)
        if opened.n_rows == 0:
            raise InputError(f"{folder}: its {split} split holds no episodes")
        fullest = int(np.add.reduceat(opened.lengths[opened.packed] - 1, opened.row_starts[:-1]).max())
        if fullest > row_tokens:
            raise InputError(
                f"{folder}: a row of its {split} split has {fullest} tokens, more than {row_tokens}",
                hint=f"mypt sft tokenize … --row-tokens {row_tokens}",
            )
        return opened

    @property
    def n_rows(self) -> int:
        """Return how many rows there are."""
        return len(self.row_starts) - 1

    @property
    def n_windows(self) -> int:
        """Return the same under the name that validation knows."""
        return self.n_rows

    @property
    def n_episodes(self) -> int:
        """Return how many episodes there are."""
        return len(self.lengths)

    @cached_property
    def longest(self) -> int:
        """How many targets the longest episode has."""
        return int(self.lengths.max()) - 1

    @cached_property
    def n_supervised(self) -> int:
        """How many targets are learned; the first token of an episode is none."""
        return int(np.count_nonzero(self.weights) - np.count_nonzero(self.weights[self.starts]))

    def episodes_of(self, row: int) -> Places:
        """Return the numbers of the episodes in a row, in their order."""
        return self.packed[self.row_starts[row] : self.row_starts[row + 1]]

    def batch(self, rows: Places) -> Batch:
        """Return rows; what is left of one is padding in segments no longer than an episode."""
        counts = self.row_starts[rows + 1] - self.row_starts[rows]
        episodes = self.packed[_ranges(self.row_starts[rows], counts)]
        lengths = self.lengths[episodes] - 1
        before = np.cumsum(lengths) - lengths
        row_firsts = np.repeat(before[np.cumsum(counts) - counts], counts)
        row_of = np.repeat(np.arange(len(rows)), counts)
        places = _ranges(row_of * self.row_tokens + before - row_firsts, lengths)
        source = _ranges(self.starts[episodes], lengths)
        shape = (len(rows), self.row_tokens)
        inputs, targets = np.full(shape, _PADDING_ID), np.full(shape, _PADDING_ID)
        weights = np.zeros(shape, dtype=np.float32)
        filled = np.add.reduceat(lengths, np.cumsum(counts) - counts)
        padding = np.maximum(np.arange(self.row_tokens) - filled[:, None], 0) // self.longest
        segments = counts[:, None] + padding
        inputs.reshape(-1)[places] = self.tokens[source]
        targets.reshape(-1)[places] = self.tokens[source + 1]
        weights.reshape(-1)[places] = self.weights[source + 1]
        segments.reshape(-1)[places] = np.repeat(_ranges(np.zeros_like(counts), counts), lengths)
        return Batch(inputs, targets, weights, segments)


def _ranges(starts: Places, counts: Places) -> Places:
    """Return the numbers from each start on, as many as its count, one range behind the other."""
    before = np.cumsum(counts) - counts
    return np.arange(counts.sum()) + np.repeat(starts - before, counts)


def _open(folder: Path, dtype: str, row_tokens: int) -> EpisodeRows:
    if dtype not in DTYPES:
        raise ManifestMismatch(f"{folder.parent}: the dtype of its tokens is {dtype!r}", hint=_REBUILD)
    tokens = _map(folder / TOKENS_NAME, np.dtype(DTYPES[dtype]))
    weighted = (folder / WEIGHTS_NAME).is_file()
    weights = (
        _map(folder / WEIGHTS_NAME, np.dtype("f4")) if weighted else _map(folder / MASK_NAME, np.dtype("u1"))
    )
    starts, lengths = _map(folder / EPISODES_NAME, np.dtype("i8"), 2).reshape(-1, 2).T.copy()
    rows, packed = _map(folder / PACKS_NAME, np.dtype("i8"), 2).reshape(-1, 2).T.copy()
    if len(weights) != len(tokens):
        problem = f"{len(tokens)} tokens, but {len(weights)} weights"
    elif not np.array_equal(starts, np.cumsum(lengths) - lengths) or lengths.sum() != len(tokens):
        problem = f"{EPISODES_NAME} does not describe the {len(tokens)} tokens there are"
    elif lengths.min(initial=2) < 2:
        problem = "an episode has fewer than two tokens"
    elif not _is_packing(rows, packed, len(lengths)):
        problem = f"{PACKS_NAME} does not put each of the {len(lengths)} episodes into one row"
    else:
        row_starts = np.searchsorted(rows, np.arange(int(rows.max(initial=-1)) + 2))
        return EpisodeRows(tokens, weights, starts, lengths, packed, row_starts, row_tokens)
    raise ManifestMismatch(f"{folder}: {problem}", hint=_REBUILD)


def _is_packing(rows: Places, packed: Places, n_episodes: int) -> bool:
    steps = np.diff(rows, prepend=-1)
    is_each_once = np.array_equal(np.sort(packed), np.arange(n_episodes))
    return is_each_once and bool(((steps == 0) | (steps == 1)).all())


def _map(path: Path, dtype: np.dtype[np.generic], columns: int = 1) -> np.ndarray:
    if not path.is_file():
        raise ManifestMismatch(f"{path}: no such file", hint=_REBUILD)
    size = path.stat().st_size
    if size % (dtype.itemsize * columns):
        raise ManifestMismatch(
            f"{path}: {size} bytes is not a whole number of {dtype.name} values", hint=_REBUILD
        )
    if size == 0:  # nothing to map
        return np.zeros(0, dtype=dtype)
    return np.memmap(path, dtype=dtype.newbyteorder("<"), mode="r").view(np.ndarray)
