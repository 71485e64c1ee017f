"""Which elements of a page no reader sees, though their text is there: words for machines or a model.

Only what an element says about itself is judged; what style sheets say is not.
"""

import re
from typing import Any

_CANDIDATES = "[hidden], [aria-hidden=true], [style], font[color]"
_BACKGROUNDS = "[bgcolor], [background], [class]"
_SHEETS = "style, link[rel=stylesheet]"
_MOST = 100_000
_NOTHING = re.compile(r"0*\.?0*(?:px|pt|em|rem|ex|%|vw|vh)?\Z")
_NAMES_OF_WHITE = frozenset({"white", "#fff", "#ffffff", "rgb(255,255,255)", "rgba(255,255,255,1)"})
_NO_BACKGROUND = frozenset({"", "none", "transparent", "inherit", "initial"})


def hidden_elements(tree: Any) -> set[int]:
    """Return the ids of elements whose text nobody sees."""
    has_sheets = tree.css_first(_SHEETS) is not None
    return {node.mem_id for node in tree.css(_CANDIDATES)[:_MOST] if _is_hidden(node, has_sheets=has_sheets)}


def _is_hidden(node: Any, *, has_sheets: bool) -> bool:
    attributes = node.attributes
    if "hidden" in attributes or (attributes.get("aria-hidden") or "").lower() == "true":
        return True
    style = _declarations(attributes.get("style"))
    return (
        style.get("display") == "none"
        or style.get("visibility") in ("hidden", "collapse")
        or bool(_NOTHING.match(style.get("font-size", "x")))
        or style.get("opacity") in ("0", "0.0", "0%")
        or _is_invisible_colour(node, style, has_sheets=has_sheets)
    )


def _declarations(style: str | None) -> dict[str, str]:
    found = {}
    for declaration in (style or "").lower().split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            found[name.strip()] = "".join(value.replace("!important", "").split())
    return found


def _is_invisible_colour(node: Any, style: dict[str, str], *, has_sheets: bool) -> bool:
    """White on a page that is white by default, or a colour on itself."""
    colour = _colour(style.get("color") or node.attributes.get("color"))
    if not colour:
        return False
    own = _background(style, node.attributes)
    if own:
        return own == colour
    if colour != "white" or has_sheets:
        return False
    parent = node.parent
    while parent is not None:
        attributes = parent.attributes or {}
        behind = _background(_declarations(attributes.get("style")), attributes)
        if behind:
            return behind == "white"
        parent = parent.parent
    return True


def _background(style: dict[str, str], attributes: dict[str, str | None]) -> str:
    """Return the colour behind an element as far as it says one itself; an image is no colour of letters."""
    value = style.get("background-color") or style.get("background") or attributes.get("bgcolor") or ""
    if attributes.get("background"):
        return "image"
    return "" if value.lower() in _NO_BACKGROUND else _colour(value)


def _colour(value: str | None) -> str:
    compact = "".join((value or "").lower().split())
    return "white" if compact in _NAMES_OF_WHITE else compact
