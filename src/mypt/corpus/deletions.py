"""The ledger of what was deleted: texts and files that never come into a corpus again."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from mypt.errors import InputError
from mypt.files import canonical_json, read_jsonl, sha256_file, write_atomic


@dataclass(frozen=True)
class Deleted:
    """One document of a deletion, by digests alone: the ledger keeps nothing of what was deleted."""

    id: str
    raw_sha256: str
    """Digest of the file."""
    sha256: str
    """Digest of the text."""
    request: str
    """Why it was deleted, in the words of whoever asked."""


def read_ledger(path: Path) -> list[Deleted]:
    """Return what was deleted so far, nothing where there is no ledger; InputError names a damaged line."""
    if not path.is_file():
        return []
    entries = []
    for number, row in enumerate(read_jsonl(path), start=1):
        try:
            entries.append(Deleted(**row))
        except TypeError as error:
            raise InputError(f"{path}:{number}: not a deletion: {error}") from error
    return entries


def add_to_ledger(path: Path, entries: Iterable[Deleted]) -> None:
    """Append deletions, whole or not at all."""
    known = read_ledger(path)
    rows = [canonical_json(asdict(entry)) for entry in dict.fromkeys([*known, *entries])]
    write_atomic(path, b"".join(row + b"\n" for row in rows))


def ledger_digest(path: Path) -> str | None:
    """Return what binds the ledger, None where there is none."""
    return sha256_file(path) if path.is_file() else None
