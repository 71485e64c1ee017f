"""Text that fits: how much of each passage a result of limited size can show."""

import json
from collections.abc import Sequence
from itertools import pairwise

from pydantic import JsonValue

ELLIPSIS = "…"
_MAX_TITLE = 80
_BEFORE_MATCH = 60
"""Characters shown before the first match of an excerpt."""


def rendered(value: JsonValue) -> str:
    """Return a value as it stands in the conversation."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def rendered_length(value: JsonValue) -> int:
    """Return how many characters a value takes in the conversation."""
    return len(rendered(value))


def share_out(wanted: Sequence[int], room: int) -> list[int]:
    """Return how much each gets: what it wants where that is little, and else the same as the others."""
    shares = [0] * len(wanted)
    left = max(0, room)
    for done, place in enumerate(sorted(range(len(wanted)), key=lambda place: wanted[place])):
        shares[place] = min(wanted[place], left // (len(wanted) - done))
        left -= shares[place]
    return shares


def text_length(text: str) -> int:
    """Return how many characters a text takes inside JSON, without its quotes."""
    return len(json.dumps(text, ensure_ascii=False)) - 2


def cut(text: str, room: int) -> str:
    """Return a text, or as many whole words of its beginning as fit with a sign that it goes on."""
    if text_length(text) <= room:
        return text
    low, high = 0, min(len(text), room)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if text_length(text[:middle]) < room else (low, middle - 1)
    kept = text[:low]
    if low < len(text) and not text[low].isspace():
        kept = kept[: max(kept.rfind(" "), kept.rfind("\n"))] if " " in kept or "\n" in kept else kept
    return f"{kept.rstrip()}{ELLIPSIS}" if room > 0 else ""


def excerpt(text: str, matches: Sequence[tuple[int, int]], room: int) -> str:
    """Return the part of a text that holds most of its matches, and whole words."""
    if text_length(text) <= room or not matches:
        return cut(text, room)
    best = max(matches, key=lambda match: (_n_matches_from(match[0], matches, room), -match[0]))
    start = _word_start(text, min(best[0] - _BEFORE_MATCH, len(text) - room + 2))
    return cut(text, room) if start == 0 else ELLIPSIS + cut(text[start:], room - 1)


def shown_title(title: str) -> str:
    """Return a title on one line, and not too long."""
    return cut(" ".join(title.split()), _MAX_TITLE)


def _n_matches_from(start: int, matches: Sequence[tuple[int, int]], room: int) -> int:
    return sum(start <= first and end <= start + room - _BEFORE_MATCH for first, end in matches)


def _word_start(text: str, position: int) -> int:
    """Return where the next word begins at or after a position; the beginning for none."""
    if position <= 0:
        return 0
    for place, (before, after) in enumerate(pairwise(text[position - 1 :]), start=position):
        if before.isspace() and not after.isspace():
            return place
    return position
