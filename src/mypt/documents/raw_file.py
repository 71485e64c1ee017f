"""A file as it lies in its source: its name, its bytes, and where its neighbours lie."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from mypt.documents.decode import decode, encoding_of_mark

UnreadableReason: TypeAlias = Literal["binary", "unknown encoding", "too large", "malformed", "too slow"]

UNREADABLE: frozenset[str] = frozenset(get_args(UnreadableReason))
"""Reasons that a recipe may call an error; every other one is no fault of the file."""


class Unreadable(Exception):
    """A file that holds no text that its format could give; other files may."""

    def __init__(self, reason: UnreadableReason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class RawFile:
    """A file, whole, uncompressed and within the size that its source allows."""

    name: str
    """Path inside the source, with forward slashes, without the suffix of a compression."""
    data: bytes
    folder: Path | None = None
    """Folder of the source, for formats that include neighbours; nothing outside it may be read."""

    @property
    def text(self) -> str:
        """Return the content as text; raises Unreadable when it is none."""
        is_wide = encoding_of_mark(self.data) in ("utf-16", "utf-32")
        if not is_wide and b"\0" in self.data:
            raise Unreadable("binary", f"NUL byte at offset {self.data.index(0)}")
        try:
            text = decode(self.data)
        except UnicodeDecodeError as error:
            found = f"byte 0x{error.object[error.start]:02x} at offset {error.start}"
            raise Unreadable("unknown encoding", found) from error
        if is_wide and "\0" in text:
            raise Unreadable("binary", f"NUL at character {text.index(chr(0))}")
        return text
