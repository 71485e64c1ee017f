"""Mallard to plain text: topic-oriented help pages, as GNOME writes them."""

from mypt.documents.xml_text import (
    Action,
    Element,
    XmlFormat,
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
    quotation,
    row,
    skip,
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

MALLARD = XmlFormat("mallard", _ACTIONS)
"""Mallard 1.0 pages."""
