"""Text to terms: words by their stems, identifiers whole and in parts, each with its place.

The same for passages and questions. One term stands for all forms of a word: "Straße" and "Strasse",
"Häuser" and "Haeuser", "installed" and "installing". What is written with joints ("libfoo2-dev", "SR 220",
"Art. 12a", "--no-install", "/etc/fstab") gives its parts and the whole of it. A text has no syntax.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

import Stemmer

ANALYSIS_VERSION = f"1 snowball {Stemmer.version()}"
"""Changes when the same text may give other terms."""

MAX_TERM = 64
"""Characters of a term; what is longer is no word that anybody looks for."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One term of a text and where it stands."""

    start: int
    end: int
    """Half-open span of characters."""
    term: str
    is_stop_word: bool = False
    """Whether it says nothing about what a text is about."""
    is_whole: bool = False
    """Whether it stands for several parts that come before it, written together."""


def pieces(text: str) -> Iterator[Piece]:
    """Yield the terms of a text in their order, the whole of an identifier behind its parts."""
    name, name_start = "", 0
    for found in _CHUNK.finditer(text):
        start, surface = found.start(), found[0]
        chunk = _analyse_again(surface) if len(surface) <= MAX_TERM else _analyse(surface)
        for piece in chunk.pieces:
            yield Piece(
                start + piece.start, start + piece.end, piece.term, piece.is_stop_word, piece.is_whole
            )
        if name and chunk.number:
            end = start + chunk.number_start + len(chunk.number)
            yield Piece(name_start, end, _reference(name, chunk.number), is_whole=True)
        name, name_start = chunk.name, start + chunk.name_start


class TermReader:
    """Reads the terms of many texts; remembers every form that it has seen."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        """Each term that was read → its number, in the order of first coming."""
        self._known: dict[str, tuple[tuple[int, ...], str, str]] = {}

    def read(self, text: str) -> list[int]:
        """Return the numbers of a text's terms, stop words included."""
        terms: list[int] = []
        before = ""
        for surface in text.split():
            chunk = self._known.get(surface) or self._learn(surface)
            terms += chunk[0]
            if before and chunk[2]:
                terms.append(self._number(_reference(before, chunk[2])))
            before = chunk[1]
        return terms

    def _learn(self, surface: str) -> tuple[tuple[int, ...], str, str]:
        chunk = _analyse(surface)
        learned = tuple(self._number(piece.term) for piece in chunk.pieces), chunk.name, chunk.number
        if len(surface) <= MAX_TERM:
            self._known[surface] = learned
        return learned

    def _number(self, term: str) -> int:
        return self.numbers.setdefault(term, len(self.numbers))


def stem(word: str) -> str:
    """Return what stands for all forms of a word, in German and in English."""
    folded = _without_marks(_folded(word), kept="\u0308")  # umlauts are for the stemmer
    stemmed = _stemmers()[1].stemWord(_stemmers()[0].stemWord(folded))
    return _without_marks(stemmed or folded)[:MAX_TERM]


def _folded(word: str) -> str:
    """Return one form for upper and lower case, and for letters that only look otherwise."""
    return unicodedata.normalize("NFKC", word).casefold().replace("\u2019", "'")


@cache
def _stemmers() -> tuple[Stemmer.Stemmer, Stemmer.Stemmer]:
    """German first: it alone knows umlauts, and leaves little for English to cut from German words."""
    return Stemmer.Stemmer("german", 0), Stemmer.Stemmer("english", 0)


def _without_marks(word: str, kept: str = "") -> str:
    if word.isascii():
        return word
    decomposed = unicodedata.normalize("NFD", word)
    bare = "".join(one for one in decomposed if one in kept or not unicodedata.combining(one))
    return unicodedata.normalize("NFC", bare) or word


# Scripts without spaces: each character is a word.
_ALONE = "\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = rf"[^\W_{_ALONE}]+"
_WORD = rf"{_RUN}(?:['\u2019](?:s|t|d|m|re|ll|ve)(?!\w))?|[{_ALONE}]"
_JOINTS = "-._/:+@#=~\\"
_JOINT = rf"[{re.escape(_JOINTS)}]{{1,3}}"
_DIGITS = r"\d\w*(?:[-./]\d\w*)*"
_NAME = r"§+|[^\W\d_]{1,24}"

_CHUNK = re.compile(r"\S+")
_SURFACE = re.compile(
    rf"§+{_DIGITS}"  # "§12"
    rf"|(?:(?<![\w-])--?|(?<![\w.])\.)?{_RUN}(?:{_JOINT}{_RUN})+"  # "--no-install", "libfoo2-dev"
    rf"|(?:(?<![\w-])--?|(?<![\w.])\.){_RUN}"  # "-r", ".profile"
    rf"|{_RUN}(?:\+\+|#)(?!\w)"  # "C++"
    rf"|{_WORD}"
)
_PART = re.compile(_WORD)
_ENDS_WITH_NAME = re.compile(rf"(?:^|(?<=[(\[\"'„“«]))({_NAME})\.?\Z")
_STARTS_WITH_NUMBER = re.compile(rf"({_DIGITS})(?=[^\w\s]*\Z)")
_REFERENCE = re.compile(rf"({_NAME})\.?({_DIGITS})")
_SLASH = re.compile(r"[/\\]")
_HYPHENS = re.compile(r"[-_]+")
_HYPHENATED = re.compile(r"[^\W_]+(?:[-_]+[^\W_]+)*")

_NAMES = {
    "artikel": "art", "article": "art", "articles": "art", "absatz": "abs", "paragraph": "abs",
    "ziffer": "ziff", "nummer": "nr", "number": "nr", "no": "nr", "kapitel": "chapter",
    "abschnitt": "section", "seite": "page", "tabelle": "table", "abbildung": "figure", "anhang": "annex",
}  # fmt: skip
"""Words before a number, by the one that stands for them: they refer to the same thing in both languages."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What stands between two spaces."""

    pieces: tuple[Piece, ...]
    name: str
    """The word that it ends with, if a number may follow: "SR", "(Art."."""
    name_start: int
    number: str
    """The number that it begins with and consists of: "220", "12a)"."""
    number_start: int


def _analyse(surface: str) -> _Chunk:
    name, number = _ENDS_WITH_NAME.search(surface), _STARTS_WITH_NUMBER.match(surface)
    found = [piece for each in _SURFACE.finditer(surface) for piece in _pieces_of(each[0], each.start())]
    refers = name is not None and (_folded(name[1]) not in STOP_WORDS or _folded(name[1]) in _NAMES)
    return _Chunk(
        tuple(found),
        name[1] if name and refers else "",
        name.start(1) if name else 0,
        number[1] if number else "",
        number.start(1) if number else 0,
    )


# What was asked or shown lately; what an index is made of is not, so no time tells of others' passages.
_analyse_again = lru_cache(maxsize=2**15)(_analyse)


def _pieces_of(surface: str, start: int) -> Iterator[Piece]:
    """Yield the parts of a run of characters that begins somewhere, and then its wholes."""
    for part in _PART.finditer(surface):
        yield Piece(start + part.start(), start + part.end(), stem(part[0]), _folded(part[0]) in STOP_WORDS)
    if not _PART.fullmatch(surface):
        for term in dict.fromkeys(_wholes(surface)):
            if len(term) <= MAX_TERM:
                yield Piece(start, start + len(surface), term, is_whole=True)


def _wholes(surface: str) -> Iterator[str]:
    """Yield the forms in which something with joints is looked for."""
    reference = _REFERENCE.fullmatch(surface)
    if reference:
        yield _reference(reference[1], reference[2])
    if surface[0] in "-.":
        yield _folded(surface)
    bare = surface.lstrip("-.")
    names = (name.strip("-._/:") for name in (bare, *_SLASH.split(bare)))
    yield from (_joined(name) for name in names if name and not _PART.fullmatch(name))


def _reference(name: str, number: str) -> str:
    """Return the term for a name with its number, the same in both languages."""
    folded = _folded(name)[:1] if name[0] == "§" else _folded(name)
    return _joined(f"{_NAMES.get(folded, folded)}{number}")


def _joined(name: str) -> str:
    """Return one form for a name with and without hyphens; other joints tell names apart."""
    if _HYPHENATED.fullmatch(name):
        return stem(_HYPHENS.sub("", name))
    return _folded(name)


_SAY_NOTHING = """
a about above after again all also am an and any are as at be because been before being below between
both but by can cannot could did do does doing done don't down during each either else ever every few for
from further had has have having he her here hers him his how however i if in into is it its it's itself
just let like made make many may me might more most much must my no nor not now of off on once one only
or other our ours out over own please same shall she should since so some such tell than that the their
theirs them then there these they this those through to too under until up upon us use used using very
was we were what what's when where which while who whom whose why will with within without would you
your yours
aber alle allem allen aller alles als also am an ander andere anderen anderer anderes auch auf aus außer
bei beim bereits bin bis bist bitte da dabei dadurch dafür dagegen daher damit danach daran darauf daraus
darf darin darüber darum darunter das dass daß davon davor dazu dein deine deinem deinen deiner dem den
denen denn der deren derer des deshalb dessen dich die dies diese diesem diesen dieser dieses dir doch
dort du durch dürfen ein eine einem einen einer eines einige einigen einiger er es etwa etwas euch euer
eure falls für gegen gehabt gemacht gibt habe haben hat hatte hatten hier hin hinter ich ihm ihn ihnen
ihr ihre ihrem ihren ihrer ihres im in indem ins ist ja je jede jedem jeden jeder jedes jedoch jetzt
kann kannst kein keine keinem keinen keiner können könnte macht man mehr mein meine meinem meinen meiner
mich mir mit muss muß müssen nach nicht nichts noch nun nur ob obwohl oder ohne sehr seid sein seine
seinem seinen seiner seit selbst sich sie sind so sobald sofern sogar solche solchen soll sollen sollte
sondern sonst sowie über überhaupt um und uns unser unsere unserem unseren unserer unter viel viele vom
von vor während wann war waren warum was weil welche welchem welchen welcher welches wem wen wenn wer
werde werden wie wieder will wir wird wirst wo wobei wodurch wofür woher wohin womit worden worin wurde
wurden würde würden zu zum zur zwar zwischen
"""
STOP_WORDS = frozenset(_folded(word) for word in _SAY_NOTHING.split())
"""Words of English and German that a question has whatever it is about."""
