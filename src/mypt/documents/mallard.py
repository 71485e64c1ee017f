"""Mallard to plain text: topic-oriented help pages, as GNOME writes them."""

from mypt.documents.raw_file import RawFile
from mypt.documents.xml_text import (
    Action,
    Element,
    XmlText,
    cell,
    code,
    each,
    inline,
    item,
    joined,
    line,
    numbered_item,
    paragraph,
    parent_name,
    parse_xml,
    quotation,
    row,
    skip,
    version_of_lxml,
)

_HOLD_LINES = {
    "p",
    "title",
    "subtitle",
    "desc",
    "cite",
    "em",
    "gui",
    "link",
    "span",
    "cmd",
    "output",
    "code",
    "sys",
}


class Mallard:
    """Mallard 1.0 pages."""

    name = "mallard"
    version = f"1 {version_of_lxml()}"
    reads_neighbours = False

    def to_text(self, file: RawFile) -> str:
        """Return the page, one blank line between its blocks and a line feed at its end."""
        return XmlText(_ACTIONS).of(parse_xml(file.data))


def _item(text: XmlText, element: Element) -> None:
    action = {"terms": paragraph, "steps": numbered_item}.get(parent_name(element), item)
    action(text, element)


def _title(text: XmlText, element: Element) -> None:
    action = line if parent_name(element) == "item" else paragraph
    action(text, element)


def _code(text: XmlText, element: Element) -> None:
    """The same name stands for words of a line and for whole listings."""
    action = inline if parent_name(element) in _HOLD_LINES else code
    action(text, element)


_ACTIONS: dict[str, Action] = {
    **each("info links comment", skip),
    **each(
        "subtitle p section list steps terms note example figure listing synopsis tree table media", paragraph
    ),
    "title": _title,
    "desc": line,
    "item": _item,
    "code": _code,
    "screen": code,
    "quote": quotation,
    "keyseq": joined("+"),
    "guiseq": joined(" ▸ "),
    "tr": row,
    **each("td th", cell),
}
