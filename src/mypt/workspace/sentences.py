"""Where sentences end, in German and English."""

import re
from collections.abc import Iterator

Span = tuple[int, int]
"""Half-open, in characters."""

# Words that a full stop shortens; what they shorten follows. In lower case, without the last full stop.
_ABBREVIATIONS = frozenset(
    """
    abb abk abs abschn abt allg anh anl anm art aufl ausg bd bde begr bem bes best betr bez bf bsp bst bspw bzgl
    bzw ca chf ders dgl dipl dr eidg einschl entspr erg erl etc ev evtl exkl ff fig fr frz gem geb gegr geogr
    gesch ggf ggü hg hl hr hrsg inkl insb insbes int inv jg jh jhd jur kap kat kath komm konst lat leg lit lt
    max mia min mind mio mrd mr mrs ms mt mwst nr nrn num obj österr par pers pfr pl prof prot publ qm rd red
    rep resp rev rz schweiz sek sep sog spez sr st std stellv str stv tab tel tit usf usw vgl vol vorb vs wg
    z.b zf ziff zit zt zz zzgl
    al approx app appx assn ave capt cf ch col corp dept ed eds eq eqs esp est exp ext fig figs ft gen gov hon
    ibid inc incl jr lt ltd maj misc mt natl no nos op para paras pp prof pt ref refs rep sec sect sen sgt sr
    supp viz vols
    jan feb febr mär märz apr jun jul aug sept okt oct nov dez dec
    """.split()
)
_END = re.compile(r"[.!?…]+[\"'”’“»«)\]]*(?=\s)|[。！？]+|\n[ \t]*(?=\n)")
_WORD_BEFORE = re.compile(r"[^\s(\[\"'„“‚«»/–—]*$")
_LONGEST_WORD = 40
_OPENING = re.compile(r"[\s\"'„“‚‘«»(\[*_•–—-]*")


def split_sentences(text: str) -> Iterator[Span]:
    """Yield the span of each sentence, without the white space around it; together they hold all the rest.

    A full stop after an abbreviation, an initial, or a number of one or two digits („1. Januar",
    "Nr. 3") ends none, and none ends where the next word is in lower case.
    """
    start = 0
    for end in (match.end() for match in _END.finditer(text) if _is_end(text, match)):
        yield from _trimmed(text, start, end)
        start = end
    yield from _trimmed(text, start, len(text))


def _is_end(text: str, match: re.Match[str]) -> bool:
    mark = match[0]
    if mark[0] in "\n。！？":
        return True
    after = _OPENING.match(text, match.end())
    following = text[after.end() : after.end() + 1] if after else ""
    if following.islower():
        return False
    return mark[0] != "." or mark.startswith("..") or not _is_shortened(text, match.start())


def _is_shortened(text: str, stop: int) -> bool:
    """Whether the word before a full stop goes on: „z. B.", "Art. 5", "J. Smith", „3. Mai"."""
    before = _WORD_BEFORE.search(text, max(0, stop - _LONGEST_WORD), stop)
    word = before[0] if before else ""
    if word.isdigit():
        return len(word) <= 2
    if len(word) == 1 and word.isalpha():
        return True
    lowered = word.lower()
    return lowered in _ABBREVIATIONS or _is_dotted(lowered)


def _is_dotted(word: str) -> bool:
    """Whether a word is letters with full stops between, such as "e.g" or „d.h"."""
    parts = word.split(".")
    return len(parts) > 1 and all(len(part) <= 2 and part.isalpha() for part in parts)


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    piece = text[start:end]
    body = piece.strip()
    if body:
        first = start + len(piece) - len(piece.lstrip())
        yield first, first + len(body)
