"""What a file is when it has been read: pages of text, and what stands where on them."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

BlockKind: TypeAlias = Literal["heading", "paragraph", "list_item", "table_row", "code"]
Reason: TypeAlias = Literal[
    "encrypted",
    "too large",
    "malformed",
    "unknown format",
    "no text",
    "too slow",
    "out of memory",
    "crashed",
    "missing library",
    "not readable",
]


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a page that belongs together."""

    kind: BlockKind
    start: int
    """Half-open span of characters in the text of its page."""
    end: int
    level: int = 0
    """Depth of a heading, from 1; 0 for everything else."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page; a file without pages is one."""

    number: int
    """From 1."""
    text: str
    """Unicode in NFC, lines ended by line feeds."""
    blocks: tuple[Block, ...]
    """In the order of the text, without overlaps."""
    label: str = ""
    """What people call it, such as the name of a sheet."""
    boxes: bytes = b""
    """Where each character stands on a page of a PDF: four little-endian uint16 each (left, bottom,
    right, top, in twentieths of a point, from the lower left corner), compressed by zlib; zeros for a
    character that is nowhere. Empty where there are no places."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """A file that was read."""

    title: str
    format: str
    pages: tuple[Page, ...]
    warnings: tuple[str, ...] = ()
    """What was noticed but did not stop the reading."""


class Unextractable(Exception):
    """A file has no text for us, and why; kept with the document, never a crash."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: Reason = reason
        self.detail = detail
