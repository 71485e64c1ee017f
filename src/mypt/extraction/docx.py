"""Word documents: headings, paragraphs, numbered lists, tables row by row, notes; no headers and footers.

Pages are those of the last time that Word laid the document out, when it was kept, or begin at page breaks.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from mypt.extraction.archive import Archive, open_archive
from mypt.extraction.compose import Composer
from mypt.extraction.docx_numbering import Numbering, W, read_numbering, value
from mypt.extraction.pages import BlockKind, Extracted
from mypt.extraction.source_file import SourceFile

_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_TEXTS = frozenset({f"{W}t", _MATH_TEXT})
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_LEFT_OUT = frozenset({f"{W}del", f"{W}moveFrom", f"{W}rPr", f"{W}pPr", f"{W}instrText", _FALLBACK})
_SIGNS = {
    f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-", f"{W}softHyphen": "",
}  # fmt: skip
_NOTES = {f"{W}footnoteReference": "footnotes", f"{W}endnoteReference": "endnotes"}
_MOST_INHERITED = 20
_DEFAULT = "word/document.xml"


@dataclass(frozen=True)
class _Style:
    level: int = 0
    """Of a heading, from 1."""
    number: str = ""
    depth: int = 0


@dataclass
class _Document:
    composer: Composer
    style_items: dict[str, etree._Element]
    numbering: Numbering
    notes: dict[tuple[str, str], str]
    styles: dict[str, _Style] = field(default_factory=dict)
    """Those that were needed so far: a template brings hundreds."""
    used: list[str] = field(default_factory=list)
    """Notes that wait for the end of their page."""
    n_hidden: int = 0
    is_break_due: bool = False
    n_pages: int = 1


def read(source: SourceFile) -> Extracted:
    """Return a Word document; raises Unextractable when it is damaged, a bomb, or empty."""
    composer = Composer(source.limits)
    with open_archive(source.data, source.limits) as archive:
        name = archive.main_part(_DEFAULT)
        targets = {kind: target for kind, target in archive.targets(name).values() if target in archive.names}
        document = _Document(
            composer,
            _style_items(archive.optional_xml(targets.get("styles", ""))),
            read_numbering(archive.optional_xml(targets.get("numbering", ""))),
            {**_notes(archive, targets, "footnotes"), **_notes(archive, targets, "endnotes")},
        )
        body = archive.xml(name).find(f"{W}body")
        title = archive.title()
    composer.begin_page()
    if body is not None:
        for item in _blocks(body):
            _add(document, item)
    _flush_notes(document)
    if document.n_hidden:
        composer.warn(f"{document.n_hidden} hidden pieces of text were left out")
    return composer.finish("docx", (title, source.stem), "no paragraph holds text")


def _blocks(parent: etree._Element) -> Iterator[etree._Element]:
    """Yield paragraphs and tables in their order, from inside whatever wraps them."""
    stack = [iter(parent)]
    while stack:
        item = next(stack[-1], None)
        if item is None:
            stack.pop()
        elif item.tag in (f"{W}p", f"{W}tbl"):
            yield item
        elif item.tag not in _LEFT_OUT:
            stack.append(iter(item))


def _add(document: _Document, item: etree._Element) -> None:
    if item.tag == f"{W}tbl":
        for row in item.iterchildren(f"{W}tr"):
            cells = [" ".join(_cell(document, cell).split()) for cell in row.iterchildren(f"{W}tc")]
            if any(cells):
                _turn_page(document)
            document.composer.add("table_row", " | ".join(cells).strip(" |"))
    else:
        _add_paragraph(document, item)


def _cell(document: _Document, cell: etree._Element) -> str:
    return " ".join(_text(document, paragraph) for paragraph in cell.iter(f"{W}p") if _is_kept(paragraph))


def _is_kept(paragraph: etree._Element) -> bool:
    return next(paragraph.iterancestors(*_LEFT_OUT), None) is None


def _add_paragraph(document: _Document, item: etree._Element) -> None:
    properties = item.find(f"{W}pPr")
    if properties is not None and properties.find(f"{W}pageBreakBefore") is not None:
        document.is_break_due = True
    text = _text(document, item)
    if text.strip():
        style = _style(document, properties)
        mark = _mark(document, style)
        kind: BlockKind = "heading" if style.level else "list_item" if mark else "paragraph"
        indent = "  " * style.depth if kind == "list_item" else ""
        document.composer.add(kind, f"{indent}{mark} {text.strip()}" if mark else text, style.level)
    for box in item.iter(f"{W}txbxContent"):
        if _is_kept(box):
            for inner in _blocks(box):
                _add(document, inner)


def _style(document: _Document, properties: etree._Element | None) -> _Style:
    """Return what a paragraph's own properties make of its style."""
    name = value(properties, "pStyle")
    style = document.styles.get(name) or _resolved(name, document.style_items)
    document.styles[name] = style
    own = properties.find(f"{W}numPr") if properties is not None else None
    outline = value(properties, "outlineLvl")
    level = int(outline) + 1 if outline.isdecimal() and int(outline) < 9 else style.level
    if own is None:
        return _Style(level, style.number, style.depth)
    depth = value(own, "ilvl")
    return _Style(level, value(own, "numId") or style.number, min(int(depth), 8) if depth.isdecimal() else 0)


def _mark(document: _Document, style: _Style) -> str:
    """Return the bullet or number before a paragraph; a list numbered 0 is none."""
    mark = document.numbering.mark(style.number, style.depth) if style.number not in ("", "0") else ""
    return "" if mark == "-" and style.level else mark


def _text(document: _Document, paragraph: etree._Element) -> str:
    """Return what a paragraph shows; text boxes in it come later, and a page break in it turns the page."""
    pieces: list[str] = []
    stack = [iter(paragraph)]
    while stack:
        item = next(stack[-1], None)
        if item is None:
            stack.pop()
        elif item.tag in _TEXTS:
            if (item.text or "").strip() and not any(map(str.strip, pieces)):
                _turn_page(document)
            pieces.append(item.text or "")
        elif _is_shown(document, item):
            pieces.append(_sign(document, item))
            stack.append(iter(item))
    return "".join(pieces)


def _is_shown(document: _Document, item: etree._Element) -> bool:
    """Say whether to look inside what is no text itself; hidden runs are counted."""
    if item.tag == f"{W}r" and _is_hidden(item):
        document.n_hidden += 1
        return False
    return item.tag not in _LEFT_OUT and item.tag != f"{W}txbxContent"


def _sign(document: _Document, item: etree._Element) -> str:
    """Return what stands for an element without text, such as a tab or the number of a note."""
    if _is_page_break(item):
        document.is_break_due = True
        return ""
    if item.tag in _NOTES:
        return _note(document, _NOTES[item.tag], item.get(f"{W}id", ""))
    return _SIGNS.get(item.tag, "")


def _is_hidden(run: etree._Element) -> bool:
    properties = run.find(f"{W}rPr")
    hidden = properties.find(f"{W}vanish") if properties is not None else None
    return hidden is not None and hidden.get(f"{W}val", "true") not in ("0", "false", "off")


def _is_page_break(item: etree._Element) -> bool:
    is_explicit = item.tag == f"{W}br" and item.get(f"{W}type") == "page"
    return is_explicit or item.tag == f"{W}lastRenderedPageBreak"


def _turn_page(document: _Document) -> None:
    """Begin the next page before text, once for a break that is written down twice."""
    if document.is_break_due and document.composer.has_text:
        _flush_notes(document)
        document.n_pages += 1
        document.composer.begin_page()
    document.is_break_due = False


def _note(document: _Document, kind: str, name: str) -> str:
    text = document.notes.get((kind, name))
    if text is None:
        return ""
    document.used.append(f"[{name}] {text}")
    return f"[{name}]"


def _flush_notes(document: _Document) -> None:
    for note in document.used:
        document.composer.add("paragraph", note)
    document.used.clear()


def _notes(archive: Archive, targets: dict[str, str], kind: str) -> dict[tuple[str, str], str]:
    """Return the text of notes by kind and number; separators between text and notes are none."""
    root = archive.optional_xml(targets.get(kind, ""))
    if root is None:
        return {}
    found = {}
    for note in root:
        if note.get(f"{W}type", "normal") == "normal":
            text = "".join(piece.text or "" for piece in note.iter(f"{W}t") if _is_kept(piece))
            found[kind, note.get(f"{W}id", "")] = " ".join(text.split())
    return found


def _style_items(root: etree._Element | None) -> dict[str, etree._Element]:
    return {item.get(f"{W}styleId", ""): item for item in root.iter(f"{W}style")} if root is not None else {}


def _resolved(name: str, items: dict[str, etree._Element]) -> _Style:
    """Return what a style is, itself or by the style it is based on."""
    level, number, depth = 0, "", 0
    for _ in range(_MOST_INHERITED):
        item = items.get(name)
        if item is None:
            break
        properties = item.find(f"{W}pPr")
        level = level or _level(value(item, "name"), value(properties, "outlineLvl"))
        own = properties.find(f"{W}numPr") if properties is not None else None
        if own is not None and not number:
            number = value(own, "numId")
            depth = int(value(own, "ilvl")) if value(own, "ilvl").isdecimal() else 0
        name = value(item, "basedOn")
    return _Style(level, number, min(depth, 8))


def _level(name: str, outline: str) -> int:
    """Word keeps the English names of its own styles in every language."""
    lowered = name.lower()
    if outline.isdecimal() and int(outline) < 9:
        return int(outline) + 1
    if lowered.startswith("heading ") and lowered[8:].isdecimal():
        return min(int(lowered[8:]), 9)
    return 1 if lowered == "title" else 0
