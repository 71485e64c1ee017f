"""Characters that readers cannot see, taken out of text: they hide words, or orders to a model."""

import re

from mypt.documents.characters import normalise_characters

_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # control characters
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u061c\u180e"  # no width, direction
    "\u115f\u1160\u3164\uffa0\ufff9-\ufffb\ufffe\uffff"  # fillers, annotations, no characters at all
    "\ud800-\udfff"  # halves of characters
    "\U000e0000-\U000e01ef]"  # tags, a whole invisible alphabet
)
_MOST_TITLE = 300


def clean(raw: str) -> tuple[str, int]:
    """Return text in NFC with line feeds, and how many invisible characters it lost."""
    seen, n_lost = INVISIBLE.subn("", _LINE_ENDS.sub("\n", raw))
    return normalise_characters(seen), n_lost


def one_line(raw: str) -> str:
    """Return text as a title: clean, on one line, not endless."""
    return " ".join(clean(raw)[0].split())[:_MOST_TITLE].strip()
