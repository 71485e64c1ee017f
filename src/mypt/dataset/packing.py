"""Which episodes share a row: best fit decreasing, exact, and the same for the same lengths."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numba
import numpy as np
from jaxtyping import Int64

from mypt.errors import InputError

Lengths = Int64[np.ndarray, " episodes"]
"""How many places each episode takes in a row; or, of the same shape, in which row it lies."""


@dataclass(frozen=True)
class PackingStats:
    """How well rows are filled."""

    n_episodes: int
    n_rows: int
    n_places: int
    """What the episodes take of all rows together."""
    fill: float
    """Share of the places of all rows that an episode takes."""
    fewest_rows: int
    """No packing of these episodes has fewer rows (bound L2 of Martello and Toth, 1990)."""
    best_fill: float
    """No packing of these episodes fills its rows better."""


def greedy_bin_pack(
    lengths: Lengths, row_tokens: int, groups: Sequence[Int64[np.ndarray, " _"]] | None = None
) -> Int64[np.ndarray, " episodes"]:
    """Return the row of each episode: longest first, each into the fullest row that still takes it.

    With `groups`, the numbers of episodes that may share rows, each group has rows of its own.
    Of equally long episodes the first comes first, of equally full rows the one that became so last;
    rows are numbered in the order of their first episodes. It takes O(n + row_tokens²) for n episodes.
    Raises InputError when an episode takes no place or more than a row has.
    """
    if len(lengths) and not (lengths.min() >= 1 and lengths.max() <= row_tokens):
        raise InputError(
            f"episodes take {lengths.min()} to {lengths.max()} places, a row has 1 to {row_tokens}",
            hint="drop or split the long ones first",
        )
    rows = np.full(len(lengths), -1, dtype=np.int64)
    n_rows = 0
    for members in [np.arange(len(lengths))] if groups is None else groups:
        n_rows += _pack(
            np.ascontiguousarray(lengths[members], dtype=np.int64), row_tokens, members, rows, n_rows
        )
    return _renumbered(rows)


def group_by_field(values: Sequence[object]) -> list[Int64[np.ndarray, " _"]]:
    """Return the numbers of the episodes that have the same value in a field, in the order of the values."""
    found: dict[str, list[int]] = {}
    for number, value in enumerate(values):
        found.setdefault(str(value), []).append(number)
    return [np.array(found[value], dtype=np.int64) for value in sorted(found)]


def compute_packing_stats(
    lengths: Lengths, rows: Int64[np.ndarray, " episodes"], row_tokens: int
) -> PackingStats:
    """Return how well episodes fill their rows, and how well they could at best."""
    n_rows, n_places = int(rows.max(initial=-1)) + 1, int(lengths.sum())
    fewest = _fewest_rows(lengths, row_tokens)
    fill, best_fill = (n_places / (n * row_tokens) if n else 0.0 for n in (n_rows, fewest))
    return PackingStats(len(lengths), n_rows, n_places, fill, fewest, best_fill)


def _fewest_rows(lengths: Lengths, row_tokens: int) -> int:
    """Return the best of the bounds that leave out what is shorter than a limit.

    What is longer than half a row needs one of its own, which then has no room for what is longer
    than the rest of it.
    """
    count = np.bincount(lengths, minlength=row_tokens + 1)
    n_longer = np.append(np.cumsum(count[::-1])[::-1], 0)  # [length]: as long or longer
    n_places = np.append(np.cumsum((count * np.arange(len(count)))[::-1])[::-1], 0)
    half = row_tokens // 2
    limits = np.arange(1, half + 1)
    n_alone, n_halves = n_longer[row_tokens - limits + 1], n_longer[half + 1]
    room = (n_halves - n_alone) * row_tokens - (n_places[half + 1] - n_places[row_tokens - limits + 1])
    missing = n_places[limits] - n_places[half + 1] - room
    bounds = n_halves + np.maximum(0, -(-missing // row_tokens))
    return int(bounds.max(initial=n_halves))


def _renumbered(rows: Int64[np.ndarray, " episodes"]) -> Int64[np.ndarray, " episodes"]:
    """Number rows by their first episodes, so that long and short episodes come mixed, as they were given."""
    _, first, number = np.unique(rows, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[number]


def _pack_longest_first(
    lengths: Lengths, row_tokens: int, members: Lengths, rows: Int64[np.ndarray, " _"], first_row: int
) -> int:
    """Write the rows of a group's members and return how many rows it has.

    `top` and `below` are stacks of open rows, one for each room that a row may have left. For one
    length the rooms are walked upwards once: a row takes as many of it as fit before the next is tried,
    as what is left of it is the best fit for the next one.
    """
    order = np.argsort(-lengths, kind="mergesort")
    top = np.full(row_tokens + 1, -1, dtype=np.int64)
    below = np.empty(len(lengths), dtype=np.int64)
    n_rows, at = 0, 0
    while at < len(order):
        length = lengths[order[at]]
        stop = at
        while stop < len(order) and lengths[order[stop]] == length:
            stop += 1
        room = length
        while at < stop:
            while room < row_tokens and top[room] < 0:
                room += 1
            row = top[room]
            if row < 0:
                row, n_rows = n_rows, n_rows + 1
            else:
                top[room] = below[row]
            taken = min(stop - at, room // length)
            for i in range(at, at + taken):
                rows[members[order[i]]] = first_row + row
            at += taken
            left = room - taken * length
            below[row], top[left] = top[left], row
    return n_rows


# Where types are checked as it runs, functions are wrapped; the compiler wants them as they are written.
_pack: Callable[[Lengths, int, Lengths, Lengths, int], int] = numba.njit(nogil=True, cache=True)(
    inspect.unwrap(_pack_longest_first)
)
