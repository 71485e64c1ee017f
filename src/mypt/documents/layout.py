"""Text put down block by block: paragraphs, lists, tables, code; every markup format ends in it.

Blank lines stand between paragraphs, lists are tight unless they hold paragraphs, marks and quotation signs
stand before the first line of what they belong to, table rows are lines with ` | ` between the cells, code
stays to the letter.
"""

_DEEPEST_INDENT = (
    60  # characters: a page with thousands of nested lists must not grow with the square of them
)


class Layout:
    """A text that grows by pieces and by the boundaries between its blocks."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._pieces: list[str] = []
        self._is_blank_line_due = False
        self._rest = ""  # stands before every line
        self._first: str | None = None  # stands before the next line instead: marks that wait for their text
        self._indents: list[tuple[str, str | None, int]] = []
        self._last_rest = ""
        self._cells: list[str] | None = None
        self._n_verbatim = 0

    @property
    def is_verbatim(self) -> bool:
        """Return whether text is taken to the letter now."""
        return self._n_verbatim > 0

    def text(self, piece: str) -> None:
        """Add to the line that is being written; white space counts once, at its end never."""
        self._pieces.append(piece)

    def line(self, *, blank: bool = False) -> None:
        """End the line, or the paragraph; in a table's cell both are a space."""
        if self._n_verbatim:
            return
        if self._cells is not None:
            self._pieces.append(" ")
            return
        written = self._take()
        if written:
            self._write(written)
        if self._first is None:  # behind a mark that waits for its text there is nothing to stand apart from
            self._is_blank_line_due |= blank

    def break_line(self) -> None:
        """Break the line where the author did; two breaks in a row end the paragraph."""
        if self._n_verbatim:
            self._pieces.append("\n")
        else:
            self.line(blank=not self._pieces)

    def push(self, first: str, rest: str | None = None) -> None:
        """Open a block whose first line has a mark before it, and whose other lines are indented as far."""
        self._end_row()
        self.line()
        self._indents.append((self._rest, self._first, len(self._lines)))
        if len(self._rest) < _DEEPEST_INDENT:
            self._first = (self._rest if self._first is None else self._first) + first
            self._rest += " " * len(first) if rest is None else rest

    def pop(self) -> None:
        """Close the block opened last; without any text its mark goes too."""
        self._end_row()
        self.line()
        if self._indents:
            self._rest, waiting, n_lines = self._indents.pop()
            self._first = waiting if n_lines == len(self._lines) else None

    def begin_verbatim(self) -> None:
        """Take what follows to the letter."""
        if not self._n_verbatim:
            self._end_row()
            self.line(blank=True)
        self._n_verbatim += 1

    def end_verbatim(self) -> None:
        """Write what was taken to the letter, without the empty lines around it."""
        self._n_verbatim -= 1
        if self._n_verbatim:
            return
        lines = "".join(self._pieces).split("\n")
        self._pieces.clear()
        filled = [number for number, line in enumerate(lines) if line.strip()]
        for line in lines[filled[0] : filled[-1] + 1] if filled else []:
            self._write(line.rstrip())
        self._is_blank_line_due = True

    def begin_row(self) -> None:
        """Open a table row; it is one line as long as its cells hold nothing but text."""
        self._end_row()
        self.line()
        self._cells = []

    def end_cell(self) -> None:
        """Close a cell of the open row."""
        if self._cells is None:
            self.line()
        else:
            self._cells.append(self._take())

    def end_row(self) -> None:
        """Write the open row."""
        self._end_row()
        self.line()

    def result(self) -> str:
        """Return the text, with a line feed at its end unless it is empty."""
        self._n_verbatim = 0
        self._end_row()
        self.line()
        return "\n".join([*self._lines, ""]) if self._lines else ""

    def _end_row(self) -> None:
        if self._cells is None:
            return
        cells, self._cells = [*self._cells, self._take()], None
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            self._write(" | ".join(cells).strip())

    def _take(self) -> str:
        if not self._pieces:
            return ""
        taken = " ".join("".join(self._pieces).split())
        self._pieces.clear()
        return taken

    def _write(self, line: str) -> None:
        if self._is_blank_line_due and self._lines:
            self._lines.append(min(self._rest, self._last_rest, key=len).rstrip())
        prefix = self._rest if self._first is None else self._first
        self._lines.append(prefix + line if line else prefix.rstrip())
        self._first, self._last_rest, self._is_blank_line_due = None, self._rest, False
