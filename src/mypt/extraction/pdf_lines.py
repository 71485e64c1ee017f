"""Lines of a PDF page joined to paragraphs, by the room between them; headings by their size.

A PDF knows no paragraphs. What is found here decides where text may be cut, never what it says.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from mypt.extraction.pages import Block, BlockKind
from mypt.extraction.pdf_page import PageText

_WIDE_GAP = 0.35
"""Heights of a line: so much more room than usual is the end of a paragraph."""
_USUAL_GAP = 0.25
_OTHER_SIZE = 1.12
_INDENT = 0.8
_MOST_HEADING = 200
_MOST_HEADING_LINES = 3
_MOST_LEVELS = 6
_SMALL_MARK = 3
_BULLET = re.compile(r"\s*(?:[•◦▪▫●○■□‣\u2043∙·\u2013—*-]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s+\S")
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_MOST_PREFIX = 20
_EDGE = 2
_FEWEST_RUNNING = 4
_SHARE_RUNNING = 0.15
_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b")


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines of one page that belong together."""

    start: int
    end: int
    height: float
    """Mean height of its characters, in points."""
    n_lines: int
    level: int = 0
    """Depth in the outline of the document; 0 for what the outline does not name."""


class _Line(NamedTuple):
    """A tuple: a thousand of them are made a second."""

    start: int
    end: int
    left: float
    bottom: float
    top: float
    height: float
    n_visible: int


def key(title: str) -> str:
    """Return letters and digits alone, to compare a title in an outline with a line."""
    return _NOT_ALPHANUMERIC.sub("", title).casefold()


def pieces(page: PageText, titles: Mapping[str, int]) -> list[Piece]:
    """Return the paragraphs of a page; `titles` are keys that the outline places here, with their depths."""
    lines = _lines(page)
    if not lines:
        return []
    usual = _usual_gap(lines)
    levels = [_level(page.text[line.start : line.end], titles) if titles else 0 for line in lines]
    found: list[Piece] = []
    group = [0]
    for number in range(1, len(lines)):
        if levels[number] or levels[group[-1]] or _is_new(page.text, lines, number, usual):
            found.append(_piece([lines[n] for n in group], levels[group[0]]))
            group = []
        group.append(number)
    found.append(_piece([lines[n] for n in group], levels[group[0]]))
    return found


def without_running_lines(pages: Sequence[tuple[str, Sequence[Piece]]]) -> list[list[Piece]]:
    """Return the pieces of all pages without those that stand at the edge of many, but for their numbers.

    The text of the pages keeps them; they belong to no block, so that no search finds them a hundred times.
    """
    counts: Counter[str] = Counter()
    for text, page in pages:
        counts.update({_running_key(text, piece) for piece in _edges(page)})
    least = max(_FEWEST_RUNNING, len(pages) * _SHARE_RUNNING)
    running = {found for found, n_pages in counts.items() if n_pages >= least}
    kept = []
    for text, page in pages:
        gone = {piece.start for piece in _edges(page) if _running_key(text, piece) in running}
        kept.append([piece for piece in page if piece.level or piece.start not in gone])
    return kept


def _edges(page: Sequence[Piece]) -> list[Piece]:
    edges = (*page[:_EDGE], *page[-_EDGE:])
    return [piece for piece in edges if piece.n_lines <= 2 and piece.end - piece.start <= _MOST_HEADING]


def _running_key(text: str, piece: Piece) -> str:
    """Return a line without its digits, and without Roman numbers of pages."""
    return _NUMBER.sub("#", " ".join(text[piece.start : piece.end].split()))


def body_height(pages: Iterable[Sequence[Piece]]) -> float:
    """Return the height, to half a point, in which most of a document is set."""
    heights: Counter[float] = Counter()
    for page in pages:
        for piece in page:
            heights[_half_points(piece.height)] += piece.end - piece.start
    return min(heights, key=lambda height: (-heights[height], height)) if heights else 0.0


def heading_heights(pages: Iterable[tuple[str, Sequence[Piece]]], body: float) -> dict[float, int]:
    """Return the level of each height that headings are set in, the largest first."""
    heights = {
        _half_points(piece.height)
        for text, page in pages
        for piece in page
        if _is_large(text[piece.start : piece.end], piece, body)
    }
    ordered = sorted(heights, reverse=True)
    return {height: min(rank, _MOST_LEVELS) for rank, height in enumerate(ordered, start=1)}


def blocks(text: str, page: Sequence[Piece], body: float, levels: Mapping[float, int]) -> tuple[Block, ...]:
    """Return the blocks of a page; the outline of a document goes before the sizes of its letters."""
    found = []
    for piece in page:
        content = text[piece.start : piece.end]
        start = piece.start + len(content) - len(content.lstrip())
        end = piece.start + len(content.rstrip())
        if start >= end:
            continue
        level = piece.level
        if not level and _is_large(content, piece, body):
            level = levels.get(_half_points(piece.height), 0)
        kind: BlockKind = "heading" if level else "list_item" if _BULLET.match(content) else "paragraph"
        found.append(Block(kind, start, end, level))
    return tuple(found)


def _lines(page: PageText) -> list[_Line]:
    """Return the lines that hold a visible character."""
    text, points = page.text, page.points
    if not text.strip():
        return []
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), "<u4")
    is_seen = (points[:, 2] > points[:, 0]) & (points[:, 3] > points[:, 1]) & (codes > 0x20)
    ends = np.append(np.flatnonzero(codes == 0x0A), len(text))
    starts = np.concatenate([[0], ends[:-1] + 1])
    is_filled = ends > starts
    starts, ends = starts[is_filled], ends[is_filled]
    n_seen = np.add.reduceat(is_seen, starts)
    heights = np.add.reduceat(np.where(is_seen, points[:, 3] - points[:, 1], 0), starts) / np.maximum(
        n_seen, 1
    )
    left = np.minimum.reduceat(np.where(is_seen, points[:, 0], np.inf), starts)
    bottom = np.minimum.reduceat(np.where(is_seen, points[:, 1], np.inf), starts)
    top = np.maximum.reduceat(np.where(is_seen, points[:, 3], -np.inf), starts)
    columns = (starts, ends, left, bottom, top, heights, n_seen)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [_Line(*row) for row in rows if text[row[0] : row[1]].strip()]


def _usual_gap(lines: Sequence[_Line]) -> float:
    """Return the room between lines of a paragraph, in heights of a line."""
    all_gaps = [(above.bottom - below.top) / below.height for above, below in pairwise(lines) if below.height]
    gaps = sorted(gap for gap in all_gaps if -1 < gap < 1)
    return gaps[len(gaps) // 2] if len(gaps) > 3 else _USUAL_GAP


def _is_new(text: str, lines: Sequence[_Line], number: int, usual: float) -> bool:
    """Say whether a line begins a paragraph."""
    above, line = lines[number - 1], lines[number]
    if not line.n_visible or not above.n_visible:
        return False
    overlap = min(above.top, line.top) - max(above.bottom, line.bottom)
    is_beside = overlap > 0.5 * min(above.height, line.height)
    if is_beside:  # a raised mark, or the next cell of a row
        return False
    gap = (above.bottom - line.top) / max(line.height, 0.1)
    if gap > usual + _WIDE_GAP or gap < -1.5:
        return True
    small, large = sorted((above.height, line.height))
    if large > _OTHER_SIZE * small and min(above.n_visible, line.n_visible) > _SMALL_MARK:
        return True
    return bool(_BULLET.match(text, line.start, line.end)) or _is_indented(lines, number)


def _is_indented(lines: Sequence[_Line], number: int) -> bool:
    """Say whether a line stands further right than the lines on both sides of it."""
    if number + 1 >= len(lines):
        return False
    step = _INDENT * lines[number].height
    return all(lines[number].left - lines[n].left > step for n in (number - 1, number + 1))


def _piece(lines: Sequence[_Line], level: int) -> Piece:
    n_visible = sum(line.n_visible for line in lines)
    height = sum(line.height * line.n_visible for line in lines) / max(1, n_visible)
    return Piece(lines[0].start, lines[-1].end, height, len(lines), level)


def _level(line: str, titles: Mapping[str, int]) -> int:
    """Return the depth of a title that is this line, or this line behind its number; else 0."""
    found = key(line)
    if found in titles:
        return titles[found]
    fitting = (
        level
        for title, level in titles.items()
        if len(title) > 3 and found.endswith(title) and len(found) - len(title) <= _MOST_PREFIX
    )
    prefix_is_number = re.match(r"\s*(?:\w+\s+)?[\dA-Z][\d.A-Z]*[\s:.)]", line)
    return next(fitting, 0) if prefix_is_number else 0


def _half_points(height: float) -> float:
    return round(2 * height) / 2


def _is_large(content: str, piece: Piece, body: float) -> bool:
    return (
        piece.height > _OTHER_SIZE * body > 0
        and piece.n_lines <= _MOST_HEADING_LINES
        and len(content) <= _MOST_HEADING
        and any(character.isalpha() for character in content)
    )
