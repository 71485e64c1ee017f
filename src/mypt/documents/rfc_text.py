"""RFC text to text without pages: what repeats on every page goes, what a page break cut is joined again."""

import re
from collections import Counter

from mypt.documents.characters import normalise_characters
from mypt.documents.raw_file import RawFile

_PAGE_NUMBER = re.compile(r"\[page\s+[\divxlc]+\]\s*$", re.IGNORECASE)
_HEADER = re.compile(r"^(?:RFC|Internet[- ]Draft)\b.*\d{4}\s*$", re.IGNORECASE)
_NUMBERS = re.compile(r"\d+|(?<=page )[ivxlc]+\b", re.IGNORECASE)
_MOST_EDGE_LINES = 3  # a header of two lines and one that is the section's
_SENTENCE_END = (".", ":", "!", "?", '"', ")")


class RfcText:
    """Requests for comments and drafts as text, paginated for printers or not."""

    name = "rfc-text"
    version = "1"
    reads_neighbours = False

    def to_text(self, file: RawFile) -> str:
        """Return the lines as they are, without page headers, page footers and form feeds."""
        pages = [page for page in map(_lines_of, _pages(normalise_characters(file.text))) if page]
        repeated = _repeated_at_edges(pages)
        lines: list[str] = []
        for page in pages:
            kept = _without_edges(page, repeated) if len(pages) > 1 else page
            if lines and kept and not _continues(lines[-1], kept[0]):
                lines.append("")
            lines += kept
        return "\n".join([*lines, ""]) if lines else ""


def is_rfc_text(head: bytes) -> bool:
    """Return whether a text is a request for comments, by what its first bytes say."""
    return (
        re.search(rb"Request for Comments|^RFC[ -]?\d+|\bRFC[ -]\d+\s*$|Internet-Draft", head, re.M | re.I)
        is not None
    )


def _pages(text: str) -> list[str]:
    """Split at form feeds, and behind the lines with page numbers where those are missing."""
    if "\f" in text:
        return text.split("\f")
    lines = text.split("\n")
    ends = [number for number, line in enumerate(lines, start=1) if _PAGE_NUMBER.search(line)]
    return ["\n".join(lines[start:end]) for start, end in zip([0, *ends], [*ends, len(lines)], strict=True)]


def _lines_of(page: str) -> list[str]:
    lines = [line.rstrip() for line in page.split("\n")]
    filled = [number for number, line in enumerate(lines) if line]
    return lines[filled[0] : filled[-1] + 1] if filled else []


def _form(line: str) -> str:
    """Return what headers and footers of all pages have in common."""
    return " ".join(_NUMBERS.sub("#", line).split())


def _edges(page: list[str]) -> set[str]:
    return {_form(line) for line in (*page[:_MOST_EDGE_LINES], *page[-_MOST_EDGE_LINES:]) if _has_words(line)}


def _has_words(line: str) -> bool:
    return any(character.isalpha() for character in line)


def _repeated_at_edges(pages: list[list[str]]) -> set[str]:
    """Return the forms of lines that stand at the edge of every third page; odd and even pages differ."""
    counts = Counter(form for page in pages for form in _edges(page))
    return {form for form, count in counts.items() if count >= max(3, len(pages) // 3)}


def _without_edges(page: list[str], repeated: set[str]) -> list[str]:
    kept = page
    for step in (1, -1):
        kept = kept[::step]
        n_edge = 0
        for number, line in enumerate(kept[:_MOST_EDGE_LINES], start=1):
            if _PAGE_NUMBER.search(line) or _HEADER.match(line) or _form(line) in repeated:
                n_edge = number
        kept = kept[n_edge:]
        while kept and not kept[0]:
            kept = kept[1:]
        kept = kept[::step]
    return kept


def _continues(before: str, after: str) -> bool:
    """Return whether a paragraph goes on behind a page break, by indentation and punctuation."""
    if not before or before.endswith(_SENTENCE_END):
        return False
    return len(before) - len(before.lstrip()) == len(after) - len(after.lstrip()) and len(before) > 50
