"""Pages of blocks → passages: pieces that stay within a page and within what belongs together."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from mypt.extraction.pages import Block, BlockKind, Page
from mypt.workspace.sentences import Span, split_sentences, trimmed

CHUNKER_VERSION = "1"
"""Changes when the same pages may be cut otherwise; every index is built for one."""

_WANTED = 900
"""Characters after which a passage is full."""
_MOST = 1_400
_LEAST = 300
"""A passage shorter than this takes in what follows, or joins what stands before it."""
_SCRAP = 100
"""So few characters at the head of a page, and no end of a sentence: what every page has, as its number."""
_ENDS = ".!?…:;"
_LONGEST_HEADING = 200

_LINES = re.compile(r"[^\n]+")
_CELLS = re.compile(r"[^\t|]+[\t|]*|[\t|]+")
_WORDS = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Where a passage stands."""

    page: int
    start: int
    """Half-open span of characters in the text of its page."""
    end: int
    heading_path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Unit:
    """A piece that is not cut any further."""

    start: int
    end: int
    is_heading: bool = False


class _Section(NamedTuple):
    """Headings that follow on each other, and what stands under them."""

    headings: list[Block]
    body: list[Block]


def chunk(pages: Sequence[Page]) -> Iterator[Chunk]:
    """Yield passages in order; each character that is no white space lies in exactly one.

    Headings go with what follows them on their page and name the path of all that does, over pages.
    Paragraphs, list items, table rows and code stay whole up to 1,400 characters; longer ones are cut
    between sentences, lines or cells, and only where there are none between words or inside one.
    """
    path: list[tuple[int, str]] = []
    for page in pages:
        sections = list(_sections(_whole_blocks(page)))
        chunks = [one for section in sections for one in _section(page, section, path)]
        yield from _without_scraps(chunks, sections, page.text)


def _section(page: Page, section: _Section, path: list[tuple[int, str]]) -> Iterator[Chunk]:
    for heading in section.headings:
        _enter(path, heading, page.text)
    names = tuple(name for _, name in path)
    for start, end in _pack(_units(page.text, section)):
        yield Chunk(page.number, start, end, names)


def _without_scraps(chunks: list[Chunk], sections: Sequence[_Section], text: str) -> list[Chunk]:
    """Join the line at the head of a page with what follows, and headings at its foot with what is before.

    By themselves they would be found for their few words, and say nothing.
    """
    if len(chunks) > 1 and not sections[0].headings and _is_scrap(text[chunks[0].start : chunks[0].end]):
        chunks[:2] = _joined(chunks[0], chunks[1], chunks[1].heading_path)
    if len(chunks) > 1 and not sections[-1].body:
        chunks[-2:] = _joined(chunks[-2], chunks[-1], chunks[-2].heading_path)
    return chunks


def _is_scrap(text: str) -> bool:
    return len(text) < _SCRAP and text[-1] not in _ENDS


def _joined(first: Chunk, second: Chunk, path: tuple[str, ...]) -> list[Chunk]:
    if second.end - first.start > _MOST:
        return [first, second]
    return [Chunk(first.page, first.start, second.end, path)]


def _whole_blocks(page: Page) -> Iterator[Block]:
    """Yield the blocks of a page and paragraphs of what lies between them, trimmed, in order."""
    reached = 0
    for block in page.blocks:
        start, end = max(block.start, reached), min(block.end, len(page.text))
        if start < end:
            yield from _block(page.text, reached, start, "paragraph")
            yield from _block(page.text, start, end, block.kind, block.level)
            reached = end
    yield from _block(page.text, reached, len(page.text), "paragraph")


def _block(text: str, start: int, end: int, kind: BlockKind, level: int = 0) -> Iterator[Block]:
    for first, last in trimmed(text, start, end):
        yield Block(kind, first, last, level)


def _sections(blocks: Iterator[Block]) -> Iterator[_Section]:
    """Yield the sections of a page; the first may have no heading, the last no body."""
    section = _Section([], [])
    for block in blocks:
        if block.kind != "heading":
            section.body.append(block)
            continue
        if section.body:
            yield section
            section = _Section([], [])
        section.headings.append(block)
    if section.headings or section.body:
        yield section


def _enter(path: list[tuple[int, str]], heading: Block, text: str) -> None:
    level = max(1, heading.level)
    while path and path[-1][0] >= level:
        path.pop()
    name = " ".join(text[heading.start : heading.end].split())
    path.append((level, name if len(name) <= _LONGEST_HEADING else f"{name[: _LONGEST_HEADING - 1]}…"))


def _units(text: str, section: _Section) -> Iterator[_Unit]:
    headings, body = section.headings, section.body
    for heading in headings:
        yield from (_Unit(*span, is_heading=True) for span in _cut(text, heading, _MOST))
    # The first paragraph is cut if need be, so that its headings are not left alone.
    gap = body[0].start - headings[0].start if headings and body else 0
    room = _MOST - gap if gap < _WANTED else _MOST
    for block in body:
        yield from (_Unit(*span) for span in _cut(text, block, room))
        room = _MOST


_Way: TypeAlias = Callable[[str], Iterator[Span]]


def _cut(text: str, block: Block, room: int) -> Iterator[Span]:
    """Yield the whole span of a block, or where it is too long the pieces it can be cut into."""
    ways: tuple[_Way, ...] = (split_sentences, _words)
    if block.kind in ("table_row", "code"):
        ways, room = (_lines, _cells, _words), _MOST
    yield from _cut_in_ways(text, (block.start, block.end), ways, room)


def _cut_in_ways(text: str, span: Span, ways: Sequence[_Way], room: int) -> Iterator[Span]:
    """Yield a span that is short enough; else cut it in the first way, its pieces in the next ones."""
    start, end = span
    if end - start <= room:
        yield span
    elif not ways:
        yield from _cut_anywhere(text, start, end, room)
    else:
        for first, last in ways[0](text[start:end]):
            for piece in trimmed(text, start + first, start + last):
                yield from _cut_in_ways(text, piece, ways[1:], room)


def _cut_anywhere(text: str, start: int, end: int, room: int) -> Iterator[Span]:
    while end - start > room:
        cut = start + room
        # An accent stays with its letter, where there are not accents alone.
        while cut > start + room // 2 and unicodedata.combining(text[cut]):
            cut -= 1
        yield start, cut
        start = cut
    yield start, end


def _lines(text: str) -> Iterator[Span]:
    return (match.span() for match in _LINES.finditer(text))


def _cells(text: str) -> Iterator[Span]:
    return (match.span() for match in _CELLS.finditer(text))


def _words(text: str) -> Iterator[Span]:
    return (match.span() for match in _WORDS.finditer(text))


def _pack(units: Iterator[_Unit]) -> Iterator[Span]:
    """Yield spans of a section: units joined until a passage is full; no short one is left at the end."""
    spans: list[Span] = []
    holds_body = False
    for unit in units:
        if spans and _fits(spans[-1], unit, holds_body=holds_body):
            spans[-1] = (spans[-1][0], unit.end)
            holds_body |= not unit.is_heading
        else:
            spans.append((unit.start, unit.end))
            holds_body = not unit.is_heading
    if len(spans) > 1 and spans[-1][1] - spans[-1][0] < _LEAST and spans[-1][1] - spans[-2][0] <= _MOST:
        spans[-2:] = [(spans[-2][0], spans[-1][1])]
    yield from spans


def _fits(span: Span, unit: _Unit, *, holds_body: bool) -> bool:
    joined = unit.end - span[0]
    if joined <= _WANTED:
        return True
    return joined <= _MOST and (span[1] - span[0] < _LEAST or not holds_body)
