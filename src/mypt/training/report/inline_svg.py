"""Drawings as part of a page: styles become classes, so that the page's policy can forbid inline styles."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from mypt.files import sha256_bytes

_DROPPED = ("metadata", "style", "title")
_FONT = re.compile(r"font: ([\d.]+px) [^;]*")


@dataclass(frozen=True)
class InlineSvg:
    """An `<svg>` element, and the rules of the classes in it."""

    markup: str
    rules: Mapping[str, str]
    """Class → declarations."""


def inline(svg: str, label: str, colours: Mapping[str, str]) -> InlineSvg:
    """Return our own drawing as an element of a page, recoloured, and labelled for those who hear it."""
    root = ElementTree.fromstring(svg)  # noqa: S314  # our own drawing, no input
    for parent in list(root.iter()):
        for child in [child for child in parent if _local(child.tag) in _DROPPED]:
            parent.remove(child)
    _drop_unused_ids(root)
    rules = dict(_style_to_class(element, colours) for element in root.iter() if "style" in element.attrib)
    _make_plain(root)
    root.attrib = {"viewBox": root.attrib["viewBox"], "role": "img", "aria-label": label}
    return InlineSvg(ElementTree.tostring(root, encoding="unicode", short_empty_elements=False), rules)


def _style_to_class(element: ElementTree.Element, colours: Mapping[str, str]) -> tuple[str, str]:
    style = _FONT.sub(r"font-size: \1", element.attrib.pop("style"))
    for drawn, shown in colours.items():
        style = style.replace(drawn, shown)
    name = f"m{sha256_bytes(style.encode())[:10]}"
    element.set("class", name)
    return name, style


def _drop_unused_ids(root: ElementTree.Element) -> None:
    """Several drawings share a page, which may hold each id once."""
    values = [
        value for element in root.iter() for name, value in element.attrib.items() if _local(name) != "id"
    ]
    used = {match for value in values for match in re.findall(r"#([\w-]+)", value)}
    for element in root.iter():
        if element.attrib.get("id") not in used:
            element.attrib.pop("id", None)


def _make_plain(root: ElementTree.Element) -> None:
    """HTML knows the elements of SVG without their namespaces."""
    for element in root.iter():
        element.tag = _local(element.tag)
        element.attrib = {_local(name): value for name, value in element.attrib.items()}


def _local(name: str) -> str:
    return name.rpartition("}")[2]
