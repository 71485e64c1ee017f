"""Sums, differences, products and comparisons of small numbers: the table that asks and answers.

A pair of operands is held out in its order: where 7 + 5 is, 5 + 7 may be learned.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache

from mypt.sft.generator import Split
from mypt.sft.generators.payloads import belongs
from mypt.sft.generators.questions import Item

_MOST_SUMMAND, _MOST_FACTOR, _MOST_COMPARED = 20, 10, 60

OPERATIONS: Mapping[str, tuple[str, Callable[[int, int], int]]] = {
    "add": ("+", lambda a, b: a + b),
    "subtract": ("-", lambda a, b: a - b),
    "multiply": ("*", lambda a, b: a * b),
}
"""Name → its sign and its result."""


@cache
def operations(name: str, split: Split) -> tuple[Item, ...]:
    """Return operands, result and payload, such as `("7", "5", "12", "7+5")`, of an operation."""
    sign, result = OPERATIONS[name]
    most = _MOST_FACTOR if name == "multiply" else _MOST_SUMMAND
    numbers = range(most + 1)
    pairs = ((a, b) for a in numbers for b in numbers if name != "subtract" or b <= a)
    return _of_split(((str(a), str(b), str(result(a, b)), f"{a}{sign}{b}") for a, b in pairs), split)


@cache
def comparisons(split: Split) -> tuple[Item, ...]:
    """Return two numbers, the larger, the smaller and the payload, such as `9<>4`."""
    numbers = range(_MOST_COMPARED + 1)
    pairs = ((a, b) for a in numbers for b in numbers if a != b)
    return _of_split(((str(a), str(b), str(max(a, b)), str(min(a, b)), f"{a}<>{b}") for a, b in pairs), split)


def _of_split(items: Iterable[Item], split: Split) -> tuple[Item, ...]:
    return tuple(item for item in items if belongs(item[-1], split))
