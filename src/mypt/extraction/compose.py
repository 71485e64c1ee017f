"""Blocks that a reader finds, put together to pages, within the limits on what a file may give."""

from dataclasses import replace

from mypt.extraction.clean import clean, one_line
from mypt.extraction.limits import Limits
from mypt.extraction.pages import Block, BlockKind, Extracted, Page, Unextractable

_TIGHT: frozenset[BlockKind] = frozenset({"list_item", "table_row"})
_MOST_WARNINGS = 100


class Composer:
    """Pages that grow block by block; text outside of blocks is only line feeds."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pages: list[Page] = []
        self._label = ""
        self._texts: list[str] = []
        self._blocks: list[Block] = []
        self._n_characters = 0
        self._is_open = False
        self._n_bytes = 0
        self._n_blocks = 0
        self._n_invisible = 0
        self._first_heading = ""
        self._warnings: list[str] = []

    @property
    def has_text(self) -> bool:
        """Return whether the open page holds anything."""
        return bool(self._blocks)

    def warn(self, warning: str) -> None:
        """Keep what was noticed; the first hundred."""
        if len(self._warnings) < _MOST_WARNINGS and warning not in self._warnings:
            self._warnings.append(warning)

    def count_invisible(self, n_characters: int) -> None:
        """Remember characters that were taken out elsewhere."""
        self._n_invisible += n_characters

    def begin_page(self, label: str = "") -> None:
        """Close the open page, which may be empty, and begin the next one."""
        self._close_page()
        self._is_open = True
        self._label = one_line(label)

    def add(self, kind: BlockKind, raw: str, level: int = 0) -> None:
        """Put a block on the open page; what holds no visible character is passed over.

        Raises Unextractable when a file gives more than it may.
        """
        text, n_invisible = clean(raw)
        self._n_invisible += n_invisible
        text = text.strip("\n").rstrip()
        if not text.strip():
            return
        is_tight = self._blocks and kind in _TIGHT and self._blocks[-1].kind == kind
        separator = ("\n" if is_tight else "\n\n") if self._blocks else ""
        start = self._n_characters + len(separator)
        self._texts += (separator, text)
        self._blocks.append(Block(kind, start, start + len(text), level))
        self._n_characters = start + len(text)
        self._is_open = True
        if kind == "heading" and not self._first_heading:
            self._first_heading = one_line(text)
        self._charge(text, 1)

    def add_page(self, text: str, blocks: tuple[Block, ...], *, label: str = "", boxes: bytes = b"") -> None:
        """Append a page that was composed elsewhere, from clean text."""
        self._close_page()
        headings = (text[block.start : block.end] for block in blocks if block.kind == "heading")
        self._first_heading = self._first_heading or one_line(next(headings, ""))
        self._charge(text, len(blocks))
        self._append(Page(len(self._pages) + 1, text, blocks, one_line(label), boxes))

    def add_pages_of(self, inner: Extracted, label: str) -> None:
        """Append the pages of a file that lay inside this one."""
        for page in inner.pages:
            parts = (label, page.label or (str(page.number) if len(inner.pages) > 1 else ""))
            self.add_page(page.text, page.blocks, label=", ".join(filter(None, parts)), boxes=page.boxes)
        for warning in inner.warnings:
            self.warn(f"{label}: {warning}")

    def finish(self, file_format: str, titles: tuple[str, ...], why_empty: str = "") -> Extracted:
        """Return the file as it was read, called by the first title that is one, else by its first heading.

        The last title stands for the file's name. Raises Unextractable when no page holds text.
        """
        self._close_page()
        if not any(page.blocks for page in self._pages):
            raise Unextractable("no text", why_empty)
        if self._n_invisible:
            self.warn(f"{self._n_invisible} invisible characters were taken out")
        given = (*map(one_line, titles[:-1]), self._first_heading, one_line(titles[-1]))
        title = next((title for title in given if any(c.isalnum() for c in title)), "")
        return Extracted(title, file_format, tuple(self._pages), tuple(self._warnings))

    def _close_page(self) -> None:
        if self._is_open:
            self._append(Page(0, "".join(self._texts), tuple(self._blocks), self._label))
        self._texts, self._blocks, self._n_characters = [], [], 0
        self._is_open, self._label = False, ""

    def _append(self, page: Page) -> None:
        if len(self._pages) == self._limits.pages:
            raise Unextractable("too large", f"more than {self._limits.pages} pages")
        self._pages.append(replace(page, number=len(self._pages) + 1))

    def _charge(self, text: str, n_blocks: int) -> None:
        self._n_bytes += len(text.encode())
        self._n_blocks += n_blocks
        if self._n_bytes > self._limits.text_bytes:
            raise Unextractable("too large", f"more than {self._limits.text_bytes} bytes of text")
        if self._n_blocks > self._limits.blocks:
            raise Unextractable("too large", f"more than {self._limits.blocks} blocks")
