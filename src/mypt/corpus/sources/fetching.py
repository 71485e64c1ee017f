"""What every fetch is given and what it gives back, and the folder that it fills."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from mypt.corpus.lock import Download, Evidence, Pin
from mypt.files import read_jsonl, sha256_file, write_jsonl

FILES = "files"
EVIDENCE = "evidence"
ORIGINS = "origins.jsonl"
PIN = "pin.json"


@dataclass(frozen=True)
class Job:
    """One source to fetch."""

    folder: Path
    """Where the files go; sealed when the fetch is done."""
    kept: Path
    """Where half a fetch is kept for the next run."""
    pin: Pin | None = None
    """What it has to be; None to take what is there now."""

    @property
    def files(self) -> Path:
        """Return the folder of the documents."""
        return self.folder / FILES

    @property
    def evidence(self) -> Path:
        """Return the folder of the files that say which licence holds."""
        return self.folder / EVIDENCE

    def evidence_found(self) -> tuple[Evidence, ...]:
        """Return what lies in the folder of the evidence, by path."""
        found = sorted(path for path in self.evidence.rglob("*") if path.is_file())
        return tuple(
            Evidence(path=path.relative_to(self.folder).as_posix(), sha256=sha256_file(path))
            for path in found
        )


@dataclass(frozen=True)
class Origin:
    """What is known of one file that was fetched."""

    path: str
    licence: str = ""
    """SPDX expression that its evidence gives; empty where the recipe has to say it."""
    origin: str = ""
    """Public address."""
    basis: str = ""
    """What the licence was read from."""
    title: str = ""


@dataclass
class Fetched:
    """What a fetch found."""

    revision: str = ""
    downloads: list[Download] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    """One for each file, in any order."""
    counts: Counter[str] = field(default_factory=Counter)
    """What was left out, by reason."""
    notes: list[str] = field(default_factory=list)


def write_origins(folder: Path, origins: list[Origin]) -> None:
    """Write the table of a source's files, by path."""
    write_jsonl(folder / ORIGINS, (asdict(origin) for origin in sorted(origins, key=lambda row: row.path)))


def read_origins(folder: Path) -> Iterator[Origin]:
    """Yield the rows of the table of a source's files."""
    for row in read_jsonl(folder / ORIGINS):
        yield Origin(**row)
