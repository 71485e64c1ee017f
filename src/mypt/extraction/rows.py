"""Rows of a table to blocks that can be found one by one: each says what its columns mean.

The first row stays as it is, `Name | Town`. Where it is a header, every other row repeats it:
`Name: Müller; Town: Bern`. So a row that is cited alone is still understood, and a question that names a
column finds it.
"""

from collections.abc import Iterable, Sequence
from itertools import chain, islice

from mypt.extraction.compose import Composer

_MOST_NAME = 60
_LOOKED_AT = 20


def add_rows(rows: Iterable[Sequence[str]], composer: Composer) -> None:
    """Put each row on the open page; rows without any text are passed over."""
    filled = ([" ".join(cell.split()) for cell in row] for row in rows)
    waiting = (row for row in filled if any(row))
    first = next(waiting, None)
    if first is None:
        return
    head = list(islice(waiting, _LOOKED_AT))
    names = first if _is_header(first, head) else None
    composer.add("table_row", _plain(first))
    for row in chain(head, waiting):
        composer.add("table_row", _named(row, names) if names else _plain(row))


def _is_header(first: Sequence[str], others: Sequence[Sequence[str]]) -> bool:
    """A header names columns: different short words, none of them a number, as wide as what follows."""
    names = [name for name in first if name]
    width = max((_width(row) for row in others), default=0)
    return (
        len(names) >= 2
        and len(set(names)) == len(names)
        and all(len(name) <= _MOST_NAME and any(c.isalpha() for c in name) for name in names)
        and not any(_is_number(name) for name in names)
        and 0 < width <= _width(first) + 1
        and len(names) >= _width(first) - 1
    )


def _width(row: Sequence[str]) -> int:
    return max((place for place, cell in enumerate(row, start=1) if cell), default=0)


def _is_number(cell: str) -> bool:
    return sum(character.isdigit() for character in cell) * 2 > len(cell)


def _plain(row: Sequence[str]) -> str:
    return " | ".join(row[: _width(row)])


def _named(row: Sequence[str], names: Sequence[str]) -> str:
    cells = []
    for place, cell in enumerate(row):
        name = names[place] if place < len(names) else ""
        if cell:
            cells.append(f"{name}: {cell}" if name else cell)
    return "; ".join(cells)
