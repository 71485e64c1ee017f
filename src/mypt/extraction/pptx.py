"""Presentations: one page a slide, with its title, its points, its tables and the notes below it."""

from collections.abc import Iterator

from lxml import etree

from mypt.extraction.archive import Archive, open_archive
from mypt.extraction.compose import Composer
from mypt.extraction.pages import Extracted
from mypt.extraction.source_file import SourceFile

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_TITLES = frozenset({"title", "ctrTitle"})
_FURNITURE = frozenset({"sldNum", "dt", "ftr", "hdr", "sldImg"})
_DEFAULT = "ppt/presentation.xml"


def read(source: SourceFile) -> Extracted:
    """Return a presentation; raises Unextractable when it is damaged, a bomb, or empty."""
    composer = Composer(source.limits)
    with open_archive(source.data, source.limits) as archive:
        name = archive.main_part(_DEFAULT)
        targets = archive.targets(name)
        for number, item in enumerate(archive.xml(name).iter(f"{_P}sldId"), start=1):
            _, slide = targets.get(item.get(f"{_R}id", ""), ("", ""))
            composer.begin_page(f"Slide {number}")
            if slide in archive.names:
                _add_slide(archive, slide, composer)
            else:
                composer.warn(f"slide {number} is missing")
        title = archive.title()
    return composer.finish("pptx", (_own_title(title), source.stem), "no slide holds text")


def _own_title(title: str) -> str:
    """The program's own name for a file nobody named is no title."""
    return "" if title.strip().lower() in ("powerpoint presentation", "powerpoint-präsentation") else title


def _add_slide(archive: Archive, name: str, composer: Composer) -> None:
    root = archive.xml(name)
    if root.get("show") in ("0", "false"):
        composer.warn("hidden slides are read too")
    shapes = list(_shapes(root))
    for shape in sorted(shapes, key=lambda shape: _place(shape) not in _TITLES):
        _add_shape(shape, composer)
    for kind, target in archive.targets(name).values():
        if kind == "notesSlide" and target in archive.names:
            _add_notes(archive.xml(target), composer)


def _shapes(root: etree._Element) -> Iterator[etree._Element]:
    """Yield what holds text, from inside groups too, in the order in which it was drawn."""
    for item in root.iter(f"{_P}sp", f"{_A}tbl"):
        if next(item.iterancestors(_FALLBACK), None) is None and _place(item) not in _FURNITURE:
            yield item


def _place(shape: etree._Element) -> str:
    """Return what a shape is on its layout, such as `title`; empty for others."""
    found = next(shape.iter(f"{_P}ph"), None) if shape.tag == f"{_P}sp" else None
    return found.get("type", "body") if found is not None else ""


def _add_shape(shape: etree._Element, composer: Composer) -> None:
    if shape.tag == f"{_A}tbl":
        for row in shape.iter(f"{_A}tr"):
            cells = [" ".join(_text(cell).split()) for cell in row.iter(f"{_A}tc")]
            composer.add("table_row", " | ".join(cells).strip(" |"))
        return
    place = _place(shape)
    if place in _TITLES:
        composer.add("heading", " ".join(_text(shape).split()), 1)
        return
    for paragraph in shape.iter(f"{_A}p"):
        text = _text(paragraph).strip()
        if text and place == "body":
            depth = _depth(paragraph)
            composer.add("list_item", f"{'  ' * depth}- {text}")
        elif text:
            composer.add("paragraph", text)


def _depth(paragraph: etree._Element) -> int:
    properties = paragraph.find(f"{_A}pPr")
    level = properties.get("lvl", "0") if properties is not None else "0"
    return min(int(level), 8) if level.isdecimal() else 0


def _text(item: etree._Element) -> str:
    """Return text with a line feed between paragraphs and where the author broke a line."""
    parts = item.iter(f"{_A}t", f"{_A}br", f"{_A}p")
    return "".join((part.text or "") if part.tag == f"{_A}t" else "\n" for part in parts)


def _add_notes(root: etree._Element, composer: Composer) -> None:
    texts = [_text(shape).strip() for shape in _shapes(root) if _place(shape) == "body"]
    for text in filter(None, texts):
        composer.add("heading", "Notes", 2)
        composer.add("paragraph", text)
