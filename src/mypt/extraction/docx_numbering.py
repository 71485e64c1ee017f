"""The numbers and bullets that Word counts itself and does not write into the text."""

from collections import defaultdict
from dataclasses import dataclass, field

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BULLET = "-"
_MOST_LEVELS = 9
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
    (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


@dataclass(frozen=True)
class Level:
    """How one level of a list is numbered."""

    form: str = "decimal"
    pattern: str = "%1."
    start: int = 1


@dataclass
class Numbering:
    """Lists of a document, and how far each has been counted."""

    levels: dict[str, dict[int, Level]] = field(default_factory=dict)
    """Of each list its levels."""
    lists: dict[str, str] = field(default_factory=dict)
    """Of each number that paragraphs name, the list it counts in."""
    _counts: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))

    def mark(self, number: str, depth: int) -> str:
        """Count on and return what Word shows before a paragraph; a bullet for lists it does not know."""
        name = self.lists.get(number, "")
        levels = self.levels.get(name, {})
        level = levels.get(depth)
        if level is None or level.form in ("bullet", "none"):
            return "" if level and level.form == "none" else _BULLET
        counts = self._counts[name]
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [place for place in counts if place > depth]:
            del counts[deeper]
        shown = level.pattern
        for place in range(_MOST_LEVELS):
            other = levels.get(place, level)
            shown = shown.replace(f"%{place + 1}", _written(counts.get(place, other.start), other.form))
        return shown


def read_numbering(root: etree._Element | None) -> Numbering:
    """Return the lists that `numbering.xml` defines."""
    numbering = Numbering()
    if root is None:
        return numbering
    for item in root.iter(f"{W}abstractNum"):
        levels = {_integer(level.get(f"{W}ilvl"), 0): _level(level) for level in item.iter(f"{W}lvl")}
        numbering.levels[item.get(f"{W}abstractNumId", "")] = levels
    for item in root.iter(f"{W}num"):
        numbering.lists[item.get(f"{W}numId", "")] = value(item, "abstractNumId")
    return numbering


def value(item: etree._Element | None, name: str) -> str:
    """Return the `w:val` of a child; empty without one."""
    child = item.find(f"{W}{name}") if item is not None else None
    return child.get(f"{W}val", "") if child is not None else ""


def _level(item: etree._Element) -> Level:
    start = _integer(value(item, "start"), 1)
    return Level(value(item, "numFmt") or "decimal", value(item, "lvlText"), start)


def _integer(text: str | None, otherwise: int) -> int:
    try:
        return int(text or "")
    except ValueError:
        return otherwise


def _written(number: int, form: str) -> str:
    letters = {"lowerLetter": "a", "upperLetter": "A"}.get(form)
    if letters and number > 0:
        return chr(ord(letters) + (number - 1) % 26) * min(1 + (number - 1) // 26, 5)
    if form in ("lowerRoman", "upperRoman") and 0 < number < 4000:
        text = ""
        for worth, sign in _ROMAN:
            text += sign * (number // worth)
            number %= worth
        return text.upper() if form == "upperRoman" else text
    return str(number)
