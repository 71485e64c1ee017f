"""Where sentences end, in German and English."""

import re
from collections.abc import Iterator

Span = tuple[int, int]
"""Half-open, in characters."""

_ABBREVIATIONS = frozenset([
    "abb", "abk", "abs", "abschn", "allg", "anh", "anl", "anm", "approx", "appx", "apr", "aufl", "aug",
    "ausg", "bde", "begr", "bem", "betr", "bez", "bsp", "bspw", "bst", "bzgl", "bzw", "ca", "capt",
    "cf", "chf", "corp", "dec", "dept", "dez", "dgl", "dipl", "dr", "eds", "eidg", "einschl", "entspr",
    "eqs", "erg", "erl", "esp", "ev", "evtl", "exkl", "feb", "febr", "fr", "frz", "geb", "gegr", "gen",
    "gesch", "ggf", "ggü", "gov", "hr", "hrsg", "ibid", "incl", "inkl", "insb", "insbes", "jan", "jh",
    "jhd", "jr", "jul", "jun", "jur", "kap", "kath", "komm", "maj", "mia", "mio", "misc", "mr", "mrd",
    "mrs", "ms", "mt", "mwst", "mär", "märz", "natl", "nov", "nrn", "obj", "oct", "okt", "pers", "prof",
    "prot", "pt", "rd", "resp", "schweiz", "sept", "sgt", "sog", "spez", "sr", "st", "stellv", "stv",
    "supp", "vgl", "viz", "vorb", "vs", "wg", "zit", "zz", "zzgl", "österr",
])  # fmt: skip
"""What is shortened by a full stop, in lower case: the sentence goes on."""
_BEFORE_NUMBERS = frozenset([
    "app", "art", "bd", "ch", "chap", "col", "ed", "eq", "fig", "figs", "lit", "max", "min", "mind",
    "no", "nos", "nr", "op", "par", "para", "paras", "pos", "pp", "ref", "refs", "rz", "sec", "sect",
    "seite", "str", "tab", "tel", "vol", "vols", "ziff",
])  # fmt: skip
"""Words, too: shortened only where a number follows."""
_END = re.compile(r"[.!?…]+[\"'”\u2019“»«)\]]*(?=\s)|[\u3002\uff01\uff1f]+|\n[ \t]*(?=\n)")
_WORD_BEFORE = re.compile(r"[^\s(\[\"'„“\u201a«»/\u2013—]*$")
_LONGEST_WORD = 40
_OPENING = re.compile(r"[\s\"'„“\u201a\u2018«»(\[*_•\u2013—-]*")
_ROMAN = re.compile(r"[IVXLC]{2,}")


def split_sentences(text: str) -> Iterator[Span]:
    """Yield the span of each sentence, without the white space around it; together they hold all the rest.

    A full stop after an abbreviation, an initial, or a number of one or two digits („1. Januar",
    "Nr. 3") ends none, and none ends where the next word is in lower case.
    """
    start = 0
    for end in (match.end() for match in _END.finditer(text) if _is_end(text, match)):
        yield from trimmed(text, start, end)
        start = end
    yield from trimmed(text, start, len(text))


def _is_end(text: str, match: re.Match[str]) -> bool:
    mark = match[0]
    if mark[0] in "\n\u3002\uff01\uff1f":
        return True
    after = _OPENING.match(text, match.end())
    following = text[after.end() : after.end() + 1] if after else ""
    if following.islower():
        return False
    return mark[0] != "." or mark.startswith("..") or not _is_shortened(text, match.start(), following)


def _is_shortened(text: str, stop: int, following: str) -> bool:
    """Whether the word before a full stop goes on: „z. B.", "Art. 5", "J. Smith", „3. Mai"."""
    before = _WORD_BEFORE.search(text, max(0, stop - _LONGEST_WORD), stop)
    word = before[0] if before else ""
    if word.isdigit():
        return len(word) <= 2
    lowered = word.lower()
    if lowered in _ABBREVIATIONS or (following.isdigit() and lowered in _BEFORE_NUMBERS):
        return True
    is_initial = len(word) == 1 and word.isalpha()
    return is_initial or _is_dotted(lowered) or bool(_ROMAN.fullmatch(word))


def _is_dotted(word: str) -> bool:
    """Whether a word is letters with full stops between, such as "e.g" or „d.h"."""
    parts = word.split(".")
    return len(parts) > 1 and all(len(part) <= 2 and part.isalpha() for part in parts)


def trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield a span without the white space around it; nothing when there is nothing else in it."""
    piece = text[start:end]
    body = piece.strip()
    if body:
        first = start + len(piece) - len(piece.lstrip())
        yield first, first + len(body)
