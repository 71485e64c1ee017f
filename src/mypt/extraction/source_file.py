"""What a reader of one format is given."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from mypt.extraction.limits import Limits
from mypt.extraction.pages import Extracted


@dataclass(frozen=True)
class SourceFile:
    """The bytes of a file, its name, and how far reading may go."""

    data: bytes
    name: str
    limits: Limits
    read_inner: Callable[[bytes, str], Extracted] | None = None
    """Reads a file that lies inside this one; nothing where nesting has gone deep enough."""

    @property
    def suffix(self) -> str:
        """Return the suffix of the name in lower case, with its dot."""
        return PurePath(self.name).suffix.lower()

    @property
    def stem(self) -> str:
        """Return the name without its suffix."""
        return PurePath(self.name).stem or self.name
