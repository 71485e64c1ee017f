"""Web pages: what a reader sees, block by block; scripts, styles, navigation and hidden text left out."""

from dataclasses import dataclass, field
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from mypt.extraction.compose import Composer
from mypt.extraction.decode_text import decode_text
from mypt.extraction.html_hidden import hidden_elements
from mypt.extraction.pages import BlockKind, Extracted
from mypt.extraction.source_file import SourceFile

_NEVER_TEXT = frozenset({
    "head", "script", "style", "template", "noscript", "iframe", "noembed", "noframes", "object", "svg",
    "canvas", "audio", "video", "button", "select", "textarea", "datalist", "nav", "-comment", "!doctype",
})  # fmt: skip
_NAVIGATION = "[role=navigation], [role=search], a.headerlink"
_BLOCKS = frozenset({
    "p", "div", "section", "article", "main", "header", "footer", "aside", "address", "blockquote", "center",
    "form", "fieldset", "figure", "figcaption", "details", "summary", "dl", "dt", "dd", "ul", "ol", "menu",
    "dir", "li", "table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th", "hr", "pre", "body", "html",
    "h1", "h2", "h3", "h4", "h5", "h6", "hgroup", "dialog", "legend", "option", "xmp", "listing", "plaintext",
})  # fmt: skip
_CODE = frozenset({"pre", "xmp", "listing", "plaintext"})
_LISTS = frozenset({"ul", "ol", "menu", "dir"})
_LEVELS = {f"h{level}": level for level in range(1, 7)}
_NO_ROWS = frozenset({"table", "h1", "h2", "h3", "h4", "ul", "ol", "pre"})
_BREAK = "\v"
_DEEPEST_INDENT = 8
_MOST_ALTERNATIVE = 300


def read(source: SourceFile) -> Extracted:
    """Return a web page; raises Unextractable when it shows no text."""
    composer = Composer(source.limits)
    text = decode_text(source.data, composer, source.limits).replace("\0", "")
    title = add_html(text, composer)
    return composer.finish("html", (title, source.stem), "the page shows no text")


def add_html(page: str, composer: Composer) -> str:
    """Put what a page shows on the open page of a document, and return its title."""
    tree = LexborHTMLParser(page)
    found = tree.css_first("head > title")
    walker = _Walker(composer, hidden_elements(tree))
    walker.passed_over = {node.mem_id for node in tree.css(_NAVIGATION)}
    if tree.body is not None:
        walker.walk(tree.body)
        if not composer.has_text:  # a page that is nothing but navigation
            walker.passed_over, walker.never = set(), _NEVER_TEXT - {"nav"}
            walker.walk(tree.body)
    if walker.hidden_seen:
        composer.warn(f"{len(walker.hidden_seen)} hidden pieces of text were left out")
    return found.text() if found is not None else ""


@dataclass
class _Walker:
    """Goes through a page without recursion, and knows what is open where it stands."""

    composer: Composer
    hidden: set[int]
    passed_over: set[int] = field(default_factory=set)
    never: frozenset[str] = _NEVER_TEXT
    hidden_seen: set[int] = field(default_factory=set)
    _pieces: list[str] = field(default_factory=list)
    _lists: list[int] = field(default_factory=list)
    """Of each open list the next number; 0 for bullets."""
    _mark: str = ""
    """Waits for the text of its item."""
    _level: int = 0
    _n_code: int = 0
    _cells: list[str] | None = None
    _layout_tables: list[bool] = field(default_factory=list)

    def walk(self, root: Any) -> None:
        """Visit every node below a root that is shown."""
        node, end = root.child, root.mem_id
        while node is not None:
            if self._enter(node):
                if node.child is not None:
                    node = node.child
                    continue
                self._leave(node)
            while node is not None and node.next is None:
                node = node.parent
                if node is None or node.mem_id == end:
                    self._flush()
                    return
                self._leave(node)
            node = node.next if node is not None else None
        self._flush()

    def _enter(self, node: Any) -> bool:
        """Note what begins here, and say whether to look inside."""
        tag = node.tag
        if tag == "-text":
            self._pieces.append(node.text_content or "")
            return False
        if tag in self.never or node.mem_id in self.passed_over:
            return False
        if node.mem_id in self.hidden:
            if node.text().strip():
                self.hidden_seen.add(node.mem_id)
            return False
        if tag == "br":
            self._pieces.append("\n" if self._n_code else _BREAK)
        elif tag == "img":
            self._pieces.append((node.attributes.get("alt") or "")[:_MOST_ALTERNATIVE])
        elif tag in _BLOCKS:
            self._open(tag, node)
        return True

    def _open(self, tag: str, node: Any) -> None:
        if tag == "table":
            self._layout_tables.append(self._is_layout(node))
        if tag == "tr" and self._layout_tables and not self._layout_tables[-1]:
            self._flush()
            self._cells = []
        elif self._cells is not None:
            self._pieces.append(" ")
        else:
            self._flush()
            self._open_outside_tables(tag, node)

    def _open_outside_tables(self, tag: str, node: Any) -> None:
        if tag in _LISTS:
            start = node.attributes.get("start") or "1"
            self._lists.append((int(start) if start.isdecimal() else 1) if tag == "ol" else 0)
        elif tag == "li":
            self._mark = self._next_mark()
        elif tag in _LEVELS:
            self._level = _LEVELS[tag]
        elif tag in _CODE:
            self._n_code += 1

    def _next_mark(self) -> str:
        number = self._lists[-1] if self._lists else 0
        if number:
            self._lists[-1] += 1
        indent = "  " * min(max(len(self._lists) - 1, 0), _DEEPEST_INDENT)
        return f"{indent}{number}. " if number else f"{indent}- "

    def _is_layout(self, table: Any) -> bool:
        """Say whether a table only puts things beside each other, as old pages and mails do."""
        selector = ", ".join(sorted(_NO_ROWS))
        return any(node.mem_id != table.mem_id for node in table.css(selector))

    def _leave(self, node: Any) -> None:
        tag = node.tag
        if tag not in _BLOCKS:
            return
        if self._cells is not None and tag in ("td", "th"):
            self._cells.append(" ".join("".join(self._pieces).replace(_BREAK, " ").split()))
            self._pieces.clear()
        elif self._cells is not None and tag in ("tr", "table"):
            self._end_row()
        elif self._cells is not None:
            self._pieces.append(" ")
        else:
            self._flush()
            self._leave_outside_tables(tag)
        if tag == "table" and self._layout_tables:
            self._layout_tables.pop()

    def _leave_outside_tables(self, tag: str) -> None:
        if tag in _LISTS and self._lists:
            self._lists.pop()
        elif tag == "li":
            self._mark = ""
        elif tag in _LEVELS:
            self._level = 0
        elif tag in _CODE and self._n_code:
            self._n_code -= 1

    def _end_row(self) -> None:
        cells, self._cells = self._cells or [], None
        self._pieces.clear()
        filled = [cell for cell in cells if cell]
        if len(filled) == 1:
            self.composer.add("paragraph", filled[0])
        elif filled:
            self.composer.add("table_row", " | ".join(cells).strip(" |"))

    def _flush(self) -> None:
        """Give away the block that ends here."""
        raw = "".join(self._pieces)
        self._pieces.clear()
        if self._n_code:
            self.composer.add("code", raw)
            return
        text = "\n".join(" ".join(line.split()) for line in raw.split(_BREAK)).strip()
        if not text:
            return
        kind: BlockKind = "heading" if self._level else "list_item" if self._mark else "paragraph"
        if self._level:
            text = text.replace("\n", " ")
        elif self._mark:
            text, self._mark = self._mark + text, ""
        self.composer.add(kind, text, self._level)
