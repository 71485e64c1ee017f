"""Where the sentences of a text begin and end, in English and German."""

import re
from collections.abc import Iterator

_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|\n[ \t]*\n|\n(?=[ \t]*(?:[-*•–]|\d{1,3}[.)]|[a-z][.)])[ \t])")  # noqa: RUF001
_STARTS_LOWER = re.compile(r"\s+[a-zäöüß]")
_ABBREVIATION = re.compile(
    r"""(?:^|[\s("„«])(?:[^\W\d_]|\d{1,2}|art|abs|lit|ziff|nr|bzw|ca|vgl|usw|etc|evtl|ggf|inkl|max|min|mio|mrd
    |bst|kap|anm|aufl|bd|hrsg|jh|s|st|str|tel|dr|prof|mr|mrs|ms|vs|no|fig|sec|eq|approx|resp|cf|al|e\.g|i\.e
    |[zudb]\.\s?[aäbhu]|fr|sog|gem|i\.v\.m|ff)\.$""",
    re.IGNORECASE | re.VERBOSE,
)


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Return the half-open span of each sentence; paragraphs and items of a list end one too."""
    spans: list[tuple[int, int]] = []
    start = 0
    for end in [*_ends(text), len(text)]:
        sentence = text[start:end]
        if sentence.strip():
            left = start + len(sentence) - len(sentence.lstrip())
            spans.append((left, start + len(sentence.rstrip())))
        start = end
    return spans


def _ends(text: str) -> Iterator[int]:
    for match in _END.finditer(text):
        end = match.end()
        is_paragraph = match[0][0] == "\n"
        is_inside = _STARTS_LOWER.match(text, end) or _ABBREVIATION.search(text[max(0, end - 12) : end])
        if is_paragraph or not is_inside:
            yield end
