"""Akoma Ntoso to plain text: acts of law with their articles, numbers and letters, without footnotes."""

from itertools import islice

from mypt.documents.xml_text import (
    Action,
    Element,
    XmlFormat,
    XmlText,
    break_line,
    cell,
    each,
    item,
    line,
    local_name,
    marked,
    paragraph,
    parent_name,
    row,
    skip,
)

_LIST_ITEMS = {"item", "point", "indent", "li"}
_NUMBER_STANDS_BEFORE_TEXT = {"paragraph", "subparagraph", "alinea", "clause", *_LIST_ITEMS}


def _number(text: XmlText, element: Element) -> None:
    """A heading goes on behind its number; others have a line, or stand before what they count."""
    if parent_name(element) in _NUMBER_STANDS_BEFORE_TEXT:
        return
    if not _is_before_heading(element):
        paragraph(text, element)
        return
    text.layout.line(blank=True)
    text.layout.text(f"{text.line_of(element)} ")


def _is_before_heading(element: Element) -> bool:
    following = element.getnext()
    return following is not None and following.tag == element.tag.replace("num", "heading")


def _heading(text: XmlText, element: Element) -> None:
    text.inside(element)
    text.layout.line(blank=True)


def _numbered(text: XmlText, element: Element) -> None:
    """A paragraph `1 Text`; its other lines are not indented."""
    text.layout.line(blank=True)
    marked(text, element, _mark_of(text, element), "")
    text.layout.line(blank=True)


def _lettered(text: XmlText, element: Element) -> None:
    """An item `a. text`; its other lines are indented as far."""
    marked(text, element, _mark_of(text, element))


def _paragraph(text: XmlText, element: Element) -> None:
    """Lists of an act are tight, whatever paragraphs their items are made of."""
    is_in_list = any(local_name(parent) in _LIST_ITEMS for parent in islice(element.iterancestors(), 2))
    action = line if is_in_list else paragraph
    action(text, element)


def _mark_of(text: XmlText, element: Element) -> str:
    number = element.find("{*}num")
    mark = "" if number is None else text.line_of(number)
    return f"{mark} " if mark else ""


_ACTIONS: dict[str, Action] = {
    "num": _number,
    "heading": _heading,
    "p": _paragraph,
    **each("meta authorialNote noteRef toc", skip),
    **each(
        "preface preamble docNumber docTitle shortTitle block formula citation recital subheading", paragraph
    ),
    **each("book part title chapter section article hcontainer level list blockList table ol ul", paragraph),
    **each("attachment mainBody conclusions quotedStructure wrapUp listWrapUp intro content caption", line),
    "crossHeading": paragraph,
    **each("paragraph subparagraph alinea clause", _numbered),
    **each("item point indent", _lettered),
    "listIntroduction": line,
    "li": item,
    "br": break_line,
    "tr": row,
    **each("td th", cell),
}

AKOMA_NTOSO = XmlFormat("akoma-ntoso", _ACTIONS)
"""Akoma Ntoso 3.0, as Swiss federal law is published in it."""
