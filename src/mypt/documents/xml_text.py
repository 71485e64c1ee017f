"""XML to plain text: a safe parser, and one walk that a table of element names drives."""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from lxml import etree

from mypt.documents.characters import normalise_characters
from mypt.documents.layout import Layout
from mypt.documents.raw_file import RawFile, Unreadable

Element: TypeAlias = etree._Element  # lxml exports no public name for it
Action: TypeAlias = "Callable[[XmlText, Element], None]"
_BEFORE_ROOT = re.compile(rb"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL)
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([\w.-]+)", re.ASCII)


def parse_xml(data: bytes) -> Element:
    """Return the root element; raises Unreadable for what is no XML or nests too deep."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("malformed", str(error).partition("\n")[0]) from error
    if root is None:
        raise Unreadable("malformed", "no root element")
    return root


def root_name(head: bytes) -> str:
    """Return the name of the root element that the first bytes of a file show, or nothing."""
    found = _ROOT.search(_BEFORE_ROOT.sub(b"", head))
    return found[1].decode("ascii") if found else ""


def local_name(element: Element) -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def parent_name(element: Element) -> str:
    """Return the name of the element around, nothing for the root."""
    parent = element.getparent()
    return "" if parent is None else local_name(parent)


def version_of_lxml() -> str:
    """Return what the text of XML formats depends on beside their own tables."""
    return f"lxml {etree.__version__} libxml2 {'.'.join(map(str, etree.LIBXML_VERSION))}"


class XmlText:
    """One walk through a document; an element without an action is read as if its tags were not there."""

    def __init__(self, actions: Mapping[str, Action]) -> None:
        self.layout = Layout()
        self._actions = actions

    def of(self, root: Element) -> str:
        """Return the text of a document."""
        self.visit(root)
        return normalise_characters(self.layout.result())

    def visit(self, element: Element) -> None:
        """Read one element as its action says."""
        action = self._actions.get(local_name(element), inline)
        action(self, element)

    def inside(self, element: Element) -> None:
        """Read what stands between an element's tags."""
        if element.text:
            self.layout.text(element.text)
        for child in element:
            if isinstance(child.tag, str):
                self.visit(child)
            elif child.tag is etree.Entity:
                self.layout.text(_resolved(child.text or ""))
            if child.tail:
                self.layout.text(child.tail)

    def line_of(self, element: Element) -> str:
        """Return the text inside an element as one line, without writing it."""
        written, self.layout = self.layout, Layout()
        self.layout.begin_row()
        self.inside(element)
        line = " ".join(self.layout.result().split())
        self.layout = written
        return line


@dataclass(frozen=True)
class XmlFormat:
    """A format that is nothing but a table of what to do with each element."""

    name: str
    actions: Mapping[str, Action]
    version: str = f"1 {version_of_lxml()}"
    reads_neighbours: bool = False

    def to_text(self, file: RawFile) -> str:
        """Return the document, one blank line between its blocks and a line feed at its end."""
        return XmlText(self.actions).of(parse_xml(file.data))


def _resolved(entity: str) -> str:
    character = html.unescape(entity)
    if character == entity:
        raise Unreadable("malformed", f"refers to the entity {entity}")
    return character


def inline(text: XmlText, element: Element) -> None:
    """Read as a part of the line."""
    text.inside(element)


def line(text: XmlText, element: Element) -> None:
    """Read as lines of their own."""
    text.layout.line()
    text.inside(element)
    text.layout.line()


def paragraph(text: XmlText, element: Element) -> None:
    """Read as a paragraph, or as a block with blank lines around."""
    text.layout.line(blank=True)
    text.inside(element)
    text.layout.line(blank=True)


def break_line(text: XmlText, element: Element) -> None:  # noqa: ARG001
    """Break the line."""
    text.layout.break_line()


def code(text: XmlText, element: Element) -> None:
    """Read to the letter."""
    text.layout.begin_verbatim()
    text.inside(element)
    text.layout.end_verbatim()


def quotation(text: XmlText, element: Element) -> None:
    """Read as a quotation."""
    text.layout.line(blank=True)
    text.layout.push("> ", "> ")
    text.inside(element)
    text.layout.pop()
    text.layout.line(blank=True)


def item(text: XmlText, element: Element) -> None:
    """Read as an item with a bullet."""
    marked(text, element, "- ")


def definition(text: XmlText, element: Element) -> None:
    """Read as lines that are indented."""
    marked(text, element, "  ")


def numbered_item(text: XmlText, element: Element) -> None:
    """Read as an item with its place among its neighbours."""
    marked(text, element, f"{1 + sum(1 for _ in element.itersiblings(element.tag, preceding=True))}. ")


def marked(text: XmlText, element: Element, mark: str, rest: str | None = None) -> None:
    """Read as a block with a mark before its first line."""
    text.layout.push(mark, rest)
    text.inside(element)
    text.layout.pop()


def row(text: XmlText, element: Element) -> None:
    """Read as a row of a table."""
    text.layout.begin_row()
    text.inside(element)
    text.layout.end_row()


def cell(text: XmlText, element: Element) -> None:
    """Read as a cell of a table."""
    text.inside(element)
    text.layout.end_cell()


def joined(separator: str) -> Action:
    """Return the action that reads the children of an element with a sign between them."""

    def join(text: XmlText, element: Element) -> None:
        text.layout.text(
            separator.join(text.line_of(child) for child in element if isinstance(child.tag, str))
        )

    return join


def skip(text: XmlText, element: Element) -> None:
    """Pass over an element and all in it."""


def each(names: str, action: Action) -> dict[str, Action]:
    """Return one action for many names."""
    return dict.fromkeys(names.split(), action)
