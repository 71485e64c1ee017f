"""The log of a run: one line an event, each chained to all lines before it.

A row is `{"event": …, "step": …, …, "timing": {…}, "chain": …}` in canonical
JSON. Its `chain` is the sha256 of the chain before it and of the row without
`timing` and `chain`: wall-clock figures are no evidence, and the same recipe
has the same chain on every run. The first row binds the run's fingerprint.
"""

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from json import loads
from pathlib import Path
from typing import Any

from mypt.errors import CheckpointError, InputError, ManifestMismatch
from mypt.files import canonical_json, fsync_folder, sha256_bytes, storage_errors
from mypt.training.reports import StepReport, ValidationReport

Row = dict[str, Any]

_ROWS_IN_MEMORY = 64
_UNBOUND = ("timing", "chain")
_TIMED = ("seconds", "data_seconds")


class MetricsLog:
    """Appends to a run's `metrics.jsonl`; call `resume` before the first row."""

    def __init__(self, path: Path, genesis: str) -> None:
        self.path = path
        self._genesis = genesis
        self._head = genesis
        self._unwritten: list[bytes] = []
        self._tokens: int | None = 0

    @property
    def head(self) -> str:
        """Return what binds every row so far: the last row's chain, or the genesis before any row."""
        return self._head

    def resume(self, head: str) -> None:
        """Drop every row after the one whose chain is `head`; all rows when it is the genesis.

        Raises CheckpointError when no unbroken chain leads to that row.
        """
        self._unwritten.clear()
        self._head, self._tokens = head, 0
        if head == self._genesis:
            self.path.unlink(missing_ok=True)
            return
        size, self._tokens = self._find(head)
        with storage_errors(self.path), self.path.open("rb+") as file:
            file.truncate(size)
            os.fsync(file.fileno())

    def _find(self, head: str) -> tuple[int, int | None]:
        """Return where the row ends that a chain leads to, and how many tokens were seen by then."""
        tokens: int | None = 0
        try:
            for row, end in _walk(self.path, self._genesis):
                tokens = _tokens_after(row, tokens)
                if row["chain"] == head:
                    return end, tokens
        except (InputError, ManifestMismatch) as error:
            raise CheckpointError(f"{error.message}; the run cannot go on with it", hint=_LOST) from error
        raise CheckpointError(f"{self.path}: the row that the checkpoint was saved after is gone", hint=_LOST)

    def on_start(self, step: int, steps: int) -> None:
        """Write nothing: that a process began or went on is no event of the run."""

    def on_step(self, report: StepReport) -> None:
        """Append the step."""
        row = asdict(report)
        timing = {name: row.pop(name) for name in _TIMED}
        if self._tokens is not None and report.seconds > 0:
            timing["tokens_per_second"] = (report.tokens - self._tokens) / report.seconds
        self._append({"event": "step", **row, "timing": timing})
        if len(self._unwritten) >= _ROWS_IN_MEMORY:
            self._write()

    def on_validation(self, report: ValidationReport) -> None:
        """Append the validation."""
        self._append({"event": "validation", **asdict(report), "timing": {}})
        self._write()

    def on_event(self, row: Mapping[str, object]) -> None:
        """Append any other event; what its `timing` says is not chained."""
        self._append({"timing": {}, **row})
        self._write()

    def flush(self) -> None:
        """Make every row so far durable."""
        self._write()
        if self.path.exists():
            with self.path.open("rb+") as file:
                os.fsync(file.fileno())
            fsync_folder(self.path.parent)

    def _append(self, row: Row) -> None:
        if self._head == self._genesis:
            self._refuse_foreign_rows()
            self._chain({"event": "begin", "step": 0, "run": self._genesis, "timing": {}})
        self._chain(row)
        self._tokens = _tokens_after(row, self._tokens)

    def _refuse_foreign_rows(self) -> None:
        if self.path.exists():
            raise CheckpointError(f"{self.path}: already holds the log of a run", hint=_LOST)

    def _chain(self, row: Row) -> None:
        plain = _without_non_finite(row)
        self._head = chain(self._head, plain)
        self._unwritten.append(canonical_json({**plain, "chain": self._head}) + b"\n")

    def _write(self) -> None:
        with storage_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                file.write(b"".join(self._unwritten))
        self._unwritten.clear()


def chain(previous: str, row: Mapping[str, Any]) -> str:
    """Return what binds a row and, through `previous`, all rows before it."""
    bound = {name: value for name, value in row.items() if name not in _UNBOUND}
    return sha256_bytes(previous.encode() + canonical_json(bound))


def verify(path: Path, genesis: str | None = None) -> int:
    """Return the number of rows; ManifestMismatch names the first line that is not as it was written."""
    return sum(1 for _ in verified_rows(path, genesis))


def verified_rows(path: Path, genesis: str | None = None) -> Iterator[Row]:
    """Yield each row of an unbroken log, by default of whatever run its first row names.

    A last line without its end is no row yet: the run is going on, or was killed.
    """
    for row, _ in _walk(path, genesis):
        yield row


def read_rows(path: Path) -> Iterator[Row]:
    """Yield each row without looking at the chain; InputError names a line that is no row."""
    for number, line in enumerate(_whole_lines(path), start=1):
        row = _parse(line)
        if row is None:
            raise InputError(f"{path}:{number}: not a row of a metrics log")
        yield row


def _walk(path: Path, genesis: str | None) -> Iterator[tuple[Row, int]]:
    """Yield each row with the offset at which its line ends."""
    previous, end = genesis, 0
    for number, line in enumerate(_whole_lines(path), start=1):
        row = _parse(line)
        if row is None:
            raise ManifestMismatch(f"{path}:{number}: this line is not as it was written", hint=_CHANGED)
        if number == 1:
            previous = _begun(path, row, genesis)
        if row.get("chain") != chain(previous or "", row):
            raise ManifestMismatch(
                f"{path}:{number}: the chain is broken: a row was changed, added, moved or removed here",
                hint=_CHANGED,
            )
        previous, end = row["chain"], end + len(line)
        yield row, end


def _begun(path: Path, first: Row, genesis: str | None) -> str:
    """Return the run that the first row names, if it is the one that was asked for."""
    run = first.get("run")
    if first.get("event") != "begin" or not isinstance(run, str):
        raise ManifestMismatch(
            f"{path}:1: the log does not begin with the row that begins a run", hint=_CHANGED
        )
    if genesis not in (None, run):
        raise ManifestMismatch(
            f"{path}:1: this is the log of another run: {run}, expected {genesis}", hint=_CHANGED
        )
    return run


def _whole_lines(path: Path) -> Iterator[bytes]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read: {error.strerror}", hint="name the folder of a run that has begun"
        ) from error
    with file:
        yield from (line for line in file if line.endswith(b"\n"))


def _parse(line: bytes) -> Row | None:
    """Return the row if the line is its one byte form: a reader must not see what the chain does not bind."""
    try:
        row = loads(line)
        is_canonical = canonical_json(row) + b"\n" == line
    except (ValueError, RecursionError):
        return None
    return row if is_canonical and isinstance(row, dict) else None


def _tokens_after(row: Mapping[str, Any], before: int | None) -> int | None:
    """Return the tokens seen after a row, or None where a rollback left that open until the next step."""
    if row.get("event") == "rollback":
        return None
    return row.get("tokens") if row.get("event") == "step" else before


def _without_non_finite(value: Any) -> Any:
    """JSON has no infinity: what is not finite becomes null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _without_non_finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_non_finite(item) for item in value]
    return value


_CHANGED = "the log was changed after it was written; compare it with a copy"
_LOST = "put metrics.jsonl back from a copy, or add --replace to start this run anew"
