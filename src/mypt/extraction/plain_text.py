"""Text without markup: it stays to the letter; paragraphs, lists and clear headings are found in it."""

import re
from collections.abc import Iterator
from itertools import pairwise

from mypt.extraction.clean import clean
from mypt.extraction.compose import Composer
from mypt.extraction.decode_text import decode_text
from mypt.extraction.pages import Block, BlockKind, Extracted
from mypt.extraction.source_file import SourceFile

_PARAGRAPH = re.compile(r"(?:^[^\S\n]*+\S[^\n]*+(?:\n|\Z))+", re.MULTILINE)
_MARK = r"[ \t]*(?:[-*•\u2013+]|\(?\d{1,3}[.)]|\(?[a-z]\))[ \t]+\S"
_ITEM = re.compile(f"^{_MARK}", re.MULTILINE)
_NEXT_ITEM = re.compile(rf"\s*?^{_MARK}", re.MULTILINE)
_UNDERLINED = re.compile(r"[ \t]*(\S[^\n]*\S)[ \t]*\n[ \t]*([=~*#^-])\2{2,}[ \t]*(?:\n|\Z)")
_NUMBERED = re.compile(r"\s*(\d{1,3}(?:\.\d{1,3})*)\.?[ \t]+(?=[^\W\d_])[^\n]{1,80}\n?\Z")
_PARAGRAPH_SIGN = re.compile(r"\s*(?:§+|Art(?:ikel|icle|\.)?)[ \t]*\d+\w?\b[^\n.;]{0,80}\n?\Z")
_ENDS_LIKE_A_SENTENCE = re.compile(r"[.,;:!?][\"')\]]*\s*\Z")
_MOST_HEADING = 100
_LEAST_CAPITALS = 4
_LEVEL_OF_UNDERLINE = {"=": 1, "#": 1, "*": 1}
_FORM_FEED = "\f"


def read(source: SourceFile) -> Extracted:
    """Return a text file; form feeds begin pages. Raises Unextractable when it holds no visible character."""
    composer = Composer(source.limits)
    raw = decode_text(source.data, composer, source.limits)
    for part in raw.rstrip("\f\n\r\t ").split(_FORM_FEED):
        text, blocks, n_invisible = blocks_of(part)
        composer.count_invisible(n_invisible)
        composer.add_page(text, blocks)
    return composer.finish("text", (source.stem,), "only white space")


def blocks_of(raw: str) -> tuple[str, tuple[Block, ...], int]:
    """Return clean text, what stands where in it, and how many invisible characters it lost."""
    text, n_invisible = clean(raw)
    text = text.expandtabs(8).rstrip()
    found = tuple(
        block
        for paragraph in _PARAGRAPH.finditer(text)
        for block in _blocks(text, paragraph.start(), paragraph.end())
    )
    return text, found, n_invisible


def _blocks(text: str, start: int, end: int) -> Iterator[Block]:
    """Cut a paragraph where a heading or the items of a list end."""
    underlined = _UNDERLINED.match(text, start, end)
    if underlined and _is_line_as_long(underlined):
        level = _LEVEL_OF_UNDERLINE.get(underlined[2], 2)
        yield from _block(text, "heading", start, underlined.end(1), level)
        if underlined.end() < end:
            yield from _blocks(text, underlined.end(), end)
        return
    level = _heading_level(text[start:end])
    is_item_of_list = level == 1 and _ITEM.match(text, start, end) and _NEXT_ITEM.match(text, end)
    if level and not is_item_of_list:
        yield from _block(text, "heading", start, end, level)
        return
    cuts = [item.start() for item in _ITEM.finditer(text, start, end)]
    yield from _block(text, "paragraph", start, cuts[0] if cuts else end)
    for place, following in pairwise([*cuts, end]):
        yield from _block(text, "list_item", place, following)


def _block(text: str, kind: BlockKind, start: int, end: int, level: int = 0) -> Iterator[Block]:
    content = text[start:end]
    first = start + len(content) - len(content.lstrip())
    last = start + len(content.rstrip())
    if first < last:
        yield Block(kind, first, last, level)


def _is_line_as_long(underlined: re.Match[str]) -> bool:
    """A row of dashes under a long line of another length is a rule, or a table."""
    title, whole = underlined[1], underlined[0].rstrip()
    n_marks = len(whole) - len(whole.rstrip(underlined[2]))
    return len(title) <= _MOST_HEADING and abs(n_marks - len(title)) <= max(3, len(title) // 4)


def _heading_level(paragraph: str) -> int:
    """Return the level of a heading of one line: numbered, in capitals, or of a statute; else 0."""
    line = paragraph.strip()
    if "\n" in line or len(line) > _MOST_HEADING or _ENDS_LIKE_A_SENTENCE.search(line):
        return 0
    numbered = _NUMBERED.match(paragraph)
    if numbered:
        return numbered[1].count(".") + 1
    if _PARAGRAPH_SIGN.match(paragraph):
        return 3
    letters = [character for character in line if character.isalpha()]
    return 1 if len(letters) >= _LEAST_CAPITALS and all(c.isupper() for c in letters) else 0
