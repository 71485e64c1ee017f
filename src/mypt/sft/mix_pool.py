"""The rows of one input of a mix that may be drawn: counted, checked, and none of them twice."""

import hashlib
import mmap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Int64

from mypt.conversation.bulk_render import render_many
from mypt.conversation.episode import Episode, Replay
from mypt.dataset.keys import Keys, keyed, text_keys
from mypt.errors import InputError
from mypt.evaluation.leaks import LeakIndex
from mypt.provenance.artifact import Artifact
from mypt.sft.episode_files import NumberedRow, Row, batches, canonical_line, read_rows, split_path
from mypt.sft.generator import Split
from mypt.sft.replay import ReplayPiece
from mypt.tokenizer.tokenizer import Tokenizer

_BATCH = 512
_PIECES = 64
_ANEW = "generate or import it anew: both leave such rows out"


@dataclass(frozen=True)
class Check:
    """What every row is counted and judged by."""

    tokenizer: Tokenizer
    leaks: LeakIndex | None
    phase: int
    """The phase of the mix: rows of later ones are a mistake."""

    def cases(self, rows: Sequence[Row]) -> Sequence[str | None]:
        """Return for each row the evaluation case that it holds."""
        return self.leaks.find_many(rows) if self.leaks is not None else [None] * len(rows)

    def supervised(self, rows: Sequence[Row]) -> Int64[np.ndarray, " rows"]:
        """Return how many ids of each row are learned; its first is never predicted."""
        rendered = render_many(rows, self.tokenizer)
        sums = np.concatenate([[0], np.cumsum(rendered.mask, dtype=np.int64)])
        starts = rendered.starts[:-1]
        return sums[rendered.starts[1:]] - sums[starts] - rendered.mask[starts]


@dataclass(frozen=True, eq=False)
class Pool:
    """Rows in the order of their file; what is drawn of them is copied byte for byte."""

    name: str
    data: bytes | mmap.mmap
    """The lines, one behind the other, and whatever lies between them."""
    starts: Int64[np.ndarray, " rows"]
    sizes: Int64[np.ndarray, " rows"]
    numbers: Int64[np.ndarray, " rows"]
    """Line numbers in the input's file, from 1; for pretraining text, which piece it is."""
    n_tokens: Int64[np.ndarray, " rows"]
    """Supervised tokens."""
    keys: Keys
    """First 64 bits of the digest of each line."""
    repeat: int = 1
    n_set_aside: int = 0
    """Rows of another phase, and pretraining text."""
    n_identical: int = 0
    """Rows that came before."""
    pieces: tuple[ReplayPiece, ...] = ()
    """Where pretraining text comes from, row by row."""

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def available(self) -> int:
        """Return how many supervised tokens it can give."""
        return int(self.n_tokens.sum()) * self.repeat

    def line(self, row: int) -> bytes:
        """Return a row as it stands in its file."""
        start = int(self.starts[row])
        return self.data[start : start + int(self.sizes[row])]


@dataclass(frozen=True, eq=False)
class Drawn:
    """Rows of a pool, and which coming of it each is, from 0."""

    pool: Pool
    rows: Int64[np.ndarray, " drawn"]
    times: Int64[np.ndarray, " drawn"]

    @property
    def n_tokens(self) -> int:
        """Return how many supervised tokens they have."""
        return int(self.pool.n_tokens[self.rows].sum())


def draw(pool: Pool, wanted: float, seed: int, split: Split) -> Drawn:
    """Return the rows whose supervised tokens come nearest to what is wanted, at least one.

    They are the first in an order that follows from the name of the pool and the rows themselves.
    """
    whole = max(1, int(pool.n_tokens.sum()))
    times = range(min(pool.repeat, int(wanted // whole) + 1))
    orders = [_order(pool, seed, split, time) for time in times]
    rows = np.concatenate(orders)
    sums = np.concatenate([[0], np.cumsum(pool.n_tokens[rows])])
    n_rows = max(1, int(np.argmin(np.abs(sums - wanted))))
    return Drawn(pool, rows[:n_rows], np.repeat(np.array(times), len(pool))[:n_rows])


def _order(pool: Pool, seed: int, split: Split, time: int) -> Int64[np.ndarray, " rows"]:
    if pool.pieces:
        return np.arange(len(pool))  # they come in the order of their own draw
    return np.argsort(keyed(pool.keys, seed, "draw", pool.name, split, time), kind="stable")


def read_pool(name: str, artifact: Artifact, split: Split, only: int | None, check: Check) -> Pool:
    """Return the different rows of an input, those of one phase only where that is given.

    Raises InputError naming the line of a row that cannot be learned from, that holds an evaluation
    case, or that is of a later phase than the mix.
    """
    path = split_path(artifact.path, split)
    n_rows, stop = 0, 0
    columns, keys = [np.zeros((4, 0), dtype=np.int64)], [text_keys([])]
    for batch in batches(read_rows(artifact.path, split), _BATCH):
        starts = stop + np.cumsum([0, *(len(numbered.line) for numbered in batch)])
        n_rows, stop = n_rows + len(batch), int(starts[-1])
        chosen = [i for i, numbered in enumerate(batch) if _is_wanted(numbered, path, only, check.phase)]
        rows = [batch[i].row for i in chosen]
        for i, case in zip(chosen, check.cases(rows), strict=True):
            if case is not None:
                raise InputError(f"{path}:{batch[i].number}: holds the evaluation case {case}", hint=_ANEW)
        lines = [batch[i].line for i in chosen]
        numbers = [batch[i].number for i in chosen]
        columns.append(np.array([starts[chosen], [*map(len, lines)], numbers, check.supervised(rows)]))
        keys.append(_keys(lines))
    pool = _pool(name, _mapped(path), np.concatenate(columns, axis=1), np.concatenate(keys))
    return replace(pool, n_set_aside=n_rows - len(pool) - pool.n_identical)


def pretraining_pool(name: str, pieces: Iterator[ReplayPiece], wanted: float, check: Check) -> Pool:
    """Return as much pretraining text as is wanted, without pieces that hold an evaluation case."""
    taken: list[ReplayPiece] = []
    counts = [np.zeros(0, dtype=np.int64)]
    n_left_out = 0
    for batch in batches(pieces, _PIECES):
        cases = check.cases([Replay(text=piece.text) for piece in batch])
        kept = [piece for piece, case in zip(batch, cases, strict=True) if case is None]
        n_left_out += len(batch) - len(kept)
        taken += kept
        counts.append(check.supervised([Replay(text=piece.text) for piece in kept]))
        if sum(int(own.sum()) for own in counts) >= wanted:
            break
    lines = [canonical_line(Replay(text=piece.text)) for piece in taken]
    sizes, keys = np.array([*map(len, lines)], dtype=np.int64), _keys(lines)
    columns = np.array([np.cumsum(sizes) - sizes, sizes, np.arange(len(sizes)), np.concatenate(counts)])
    pool = _pool(name, b"".join(lines), columns, keys)
    pieces_kept = tuple(taken[i] for i in pool.numbers.tolist())
    return replace(pool, n_set_aside=n_left_out, pieces=pieces_kept)


def _pool(name: str, data: bytes | mmap.mmap, columns: Int64[np.ndarray, "4 rows"], keys: Keys) -> Pool:
    """Return rows of which each was seen for the first time."""
    first = np.sort(np.unique(keys, return_index=True)[1])
    starts, sizes, numbers, n_tokens = columns[:, first]
    n_identical = len(keys) - len(first)
    return Pool(name, data, starts, sizes, numbers, n_tokens, keys[first], n_identical=n_identical)


def _is_wanted(numbered: NumberedRow, path: Path, only: int | None, phase: int) -> bool:
    row = numbered.row
    if not isinstance(row, Episode):
        return False
    if only is None and row.phase is not None and row.phase > phase:
        raise InputError(
            f"{path}:{numbered.number}: phase: an episode of phase {row.phase} in a mix for phase {phase}",
            hint="its tags are not known yet; mix it in a later phase",
        )
    return only is None or row.phase == only


def _keys(lines: Sequence[bytes]) -> Keys:
    return text_keys([hashlib.sha256(line).digest() for line in lines])


def _mapped(path: Path) -> bytes | mmap.mmap:
    if not path.stat().st_size:
        return b""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
