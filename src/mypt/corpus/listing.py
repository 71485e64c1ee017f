"""What a source holds before it is read: its files by digest, and what was passed over."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from mypt.config import fingerprint


@dataclass(frozen=True)
class SourceFile:
    """One file that can become a document."""

    path: str
    """Path inside the source, with forward slashes."""
    sha256: str
    bytes: int
    licence: str = ""
    """SPDX expression."""
    origin: str = ""
    """Public address it came from; empty where there is none."""

    def to_row(self) -> dict[str, str | int]:
        """Return the row that names this file."""
        return asdict(self)


@dataclass(frozen=True)
class Listing:
    """All of a source, in the order of its paths."""

    files: tuple[SourceFile, ...]
    ignored: Mapping[str, int]
    """Reason → number of files passed over unread."""

    @property
    def digest(self) -> str:
        """Return the digest that changes with any name, content, licence, origin and count."""
        return fingerprint({"files": [file.to_row() for file in self.files], "ignored": dict(self.ignored)})
