"""Which episodes share a row: best fit decreasing or better, and the same for the same lengths."""

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
    """Return the row of each episode: by best fit decreasing, or row by row where that needs fewer rows.

    With `groups`, the numbers of episodes that may share rows, each group has rows of its own. Rows are
    numbered in the order of their first episodes. For n episodes it takes O(n log n + row_tokens²) to
    sort and fit them, and O(row_tokens) a row to fill rows. Raises InputError when an episode takes no
    place or more than a row has.
    """
    if len(lengths) and not (lengths.min() >= 1 and lengths.max() <= row_tokens):
        raise InputError(
            f"episodes take {lengths.min()} to {lengths.max()} places, a row has 1 to {row_tokens}",
            hint="drop or split the long ones first",
        )
    rows = np.full(len(lengths), -1, dtype=np.int64)
    n_rows = 0
    for members in [np.arange(len(lengths))] if groups is None else groups:
        rows[members] = n_rows + _fewest(lengths[members], row_tokens)
        n_rows = int(rows.max(initial=-1)) + 1
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


def _fewest(lengths: Lengths, row_tokens: int) -> Int64[np.ndarray, " episodes"]:
    """Return the better of two packings; of equally good ones, best fit decreasing."""
    order = np.argsort(-lengths, kind="stable")
    longest_first = np.ascontiguousarray(lengths[order], dtype=np.int64)
    packings = [pack(longest_first, row_tokens) for pack in (_fit, _fill)]
    rows = np.empty_like(order)
    rows[order] = min(packings, key=lambda packing: int(packing.max(initial=-1)))
    return rows


def _fit_each(lengths: Lengths, row_tokens: int) -> Int64[np.ndarray, " _"]:
    """Put each episode, longest first, into the fullest row that takes it.

    `top` and `below` are stacks of open rows, one for each room that a row may have left. For one
    length the rooms are walked upwards once: a row takes as many of it as fit before the next is tried,
    as what is left of it is the best fit for the next one.
    """
    rows = np.empty(len(lengths), dtype=np.int64)
    below = np.empty(len(lengths), dtype=np.int64)
    top = np.full(row_tokens + 1, -1, dtype=np.int64)
    n_rows, at = 0, 0
    while at < len(lengths):
        length = lengths[at]
        stop, room = at, length
        while stop < len(lengths) and lengths[stop] == length:
            stop += 1
        while at < stop:
            while room < row_tokens and top[room] < 0:
                room += 1
            row = top[room]
            if row < 0:
                row, n_rows = n_rows, n_rows + 1
            else:
                top[room] = below[row]
            taken = min(stop - at, room // length)
            rows[at : at + taken] = row
            at += taken
            left = room - taken * length
            below[row], top[left] = top[left], row
    return rows


def _best_two(count: Lengths, shortest: int, longest: int, room: int) -> tuple[int, int]:
    """Return the one or two of the lengths there are that fill a room best; 0 for no second one."""
    high, low = min(room, longest), shortest
    while count[high] == 0:
        high -= 1
    first, second = high, 0
    while high >= low and first + second < room:
        if high + low > room or count[high] < 1 + (high == low):
            high -= 1
        elif count[low] == 0:
            low += 1
        else:
            if high + low > first + second:
                first, second = high, low
            low += 1
    return first, second


def _fill(lengths: Lengths, row_tokens: int) -> Int64[np.ndarray, " _"]:
    rows = np.empty(len(lengths), dtype=np.int64)
    count = np.bincount(lengths, minlength=row_tokens + 1)
    _fill_into(count, len(lengths) - np.cumsum(count), rows)
    return rows


def _fill_each(count: Lengths, following: Int64[np.ndarray, " _"], rows: Int64[np.ndarray, " _"]) -> None:
    """Fill one row after the other: longest first while more than two of those fit, then the best pair.

    `count` and `following` say of each length how many episodes are left, and which one is next.
    """
    row_tokens = len(count) - 1
    shortest, longest, row, room, n_left = 1, row_tokens, -1, 0, len(rows)
    while n_left > 0:
        while count[longest] == 0:
            longest -= 1
        while count[shortest] == 0:
            shortest += 1
        if room < shortest:
            row, room = row + 1, row_tokens
        first, second = longest, 0
        if room < min(row_tokens, 2 * longest + 1):
            first, second = _two(count, shortest, longest, room)
        for length in (first, second):
            if length:
                rows[following[length]] = row
                following[length] += 1
                count[length] -= 1
                room -= length
                n_left -= 1


_compiled = numba.njit(nogil=True, cache=True)
# Where types are checked as it runs, functions are wrapped; the compiler wants them as they are written.
_fit: Callable[[Lengths, int], Lengths] = _compiled(inspect.unwrap(_fit_each))
_two: Callable[[Lengths, int, int, int], tuple[int, int]] = _compiled(inspect.unwrap(_best_two))
_fill_into: Callable[[Lengths, Lengths, Lengths], None] = _compiled(inspect.unwrap(_fill_each))
