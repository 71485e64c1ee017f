"""The files of an `episodes` artifact: rows written as they come, and read with their line numbers."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, TypeVar, get_args

from mypt.conversation.episode import Episode, Replay, parse_row
from mypt.errors import InputError
from mypt.files import canonical_json, storage_errors
from mypt.sft.generator import Split

Row: TypeAlias = Episode | Replay
SPLITS: tuple[Split, ...] = get_args(Split)
REPORT_NAME = "report.json"
NO_PATTERN = "none"
T = TypeVar("T")


class NumberedRow(NamedTuple):
    """One line of a file, and what it says."""

    number: int
    """From 1."""
    line: bytes
    """With its line end."""
    row: Row


def split_path(folder: Path, split: Split) -> Path:
    """Return the file of a split."""
    return folder / f"{split}.jsonl"


def canonical_line(row: Row) -> bytes:
    """Return the one byte form of a row, with its line end."""
    return _line(row.model_dump(mode="json"))


def _line(values: dict[str, Any]) -> bytes:
    return canonical_json(values) + b"\n"


def write_rows(folder: Path, split: Split, rows: Iterable[Row]) -> dict[str, Any]:
    """Write the rows of a split, in the order given, and return what they are, as `RowCounts.to_json`."""
    counts = RowCounts()
    path = split_path(folder, split)
    with storage_errors(path), path.open("wb") as file:
        for row in rows:
            values = row.model_dump(mode="json")
            file.write(_line(values))
            counts.add(values)
    return counts.to_json()


def read_rows(folder: Path, split: Split) -> Iterator[NumberedRow]:
    """Yield the rows of a split; InputError names file, line and field of what cannot be learned from."""
    path = split_path(folder, split)
    try:
        file = path.open("rb")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    with file:
        for number, line in enumerate(file, start=1):
            where = f"{path}:{number}"
            try:
                values = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise InputError(f"{where}: not JSON: {error}") from error
            yield NumberedRow(number, line, parse_row(values, where))


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield items in lists of a size, the last one shorter."""
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch


class RowCounts:
    """How many rows there are of each source, pattern, language and phase."""

    def __init__(self) -> None:
        self._n_rows = 0
        self._n_replay = 0
        self._by: dict[str, Counter[str]] = {
            name: Counter() for name in ("source", "pattern", "language", "phase")
        }

    def add(self, values: Mapping[str, Any]) -> None:
        """Count the JSON of one row; pretraining text has no source of its own here."""
        self._n_rows += 1
        if "replay" in values:
            self._n_replay += 1
            return
        own = {**values, "pattern": values["meta"].get("pattern", NO_PATTERN)}
        for name, counter in self._by.items():
            counter[str(own[name])] += 1

    def to_json(self) -> dict[str, Any]:
        """Return the counts for a manifest."""
        sorted_counts = {name: dict(sorted(counter.items())) for name, counter in self._by.items()}
        return {"rows": self._n_rows, "replay": self._n_replay, **sorted_counts}
