"""Is this text worth keeping: each rule measures one number, and the first beyond its threshold rejects.

Letters, digits and symbols are told apart by their UTF-8 bytes, which is exact for the scripts
of Europe and near enough for shares elsewhere.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mypt.corpus.profiles import Profile
from mypt.documents.words import Texts, ngram_hashes

QUALITY_VERSION = 1


@dataclass(frozen=True)
class Rejection:
    """Why a text goes."""

    rule: str
    value: float | str = ""
    """What was measured or found."""
    threshold: float | str = ""
    """What it had to keep to."""

    @property
    def detail(self) -> str:
        """Return measure and threshold in words."""
        if self.value == "":
            return ""
        value, threshold = (
            f"{x:.4g}" if isinstance(x, float) else f"{x}" for x in (self.value, self.threshold)
        )
        bound = (
            "at least"
            if self.rule.startswith("min_")
            else "at most"
            if self.rule.startswith("max_")
            else "not"
        )
        return f"{value}, {bound} {threshold}" if threshold else value


def judge(text: str, language: str, profile: Profile) -> Rejection | None:
    """Return the first rule that a text breaks, with measure and threshold; None when it stays."""
    page = _Page(text, language)
    for rule, measure in _MEASURES.items():
        threshold = getattr(profile, rule)
        if threshold is None:
            continue
        value = measure(page)
        if value is not None and (value < threshold if rule.startswith("min_") else value > threshold):
            return Rejection(rule, value, threshold)
    return None


_LETTER, _DIGIT, _SPACE, _SYMBOL, _INSIDE = range(5)
_OF_ASCII = (("isalpha", _LETTER), ("isdigit", _DIGIT), ("isspace", _SPACE), ("__len__", _SYMBOL))
_CLASSES = np.array(
    [next(kind for test, kind in _OF_ASCII if getattr(chr(byte), test)()) for byte in range(128)]
    + [_INSIDE] * 64
    # What begins with C2, E2, EE, EF or from F0 on is signs, dashes, private use, emoji; the rest is letters.
    + [_SYMBOL if byte in (0xC2, 0xE2, 0xEE, 0xEF) or byte >= 0xF0 else _LETTER for byte in range(192, 256)]
)


class _Page:
    """A text and what is counted in it, each count made when a rule first asks for it."""

    def __init__(self, text: str, language: str) -> None:
        self.text = text
        self.language = language
        self.data = text.encode()

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Return how many characters there are of each class."""
        by_byte = np.bincount(np.frombuffer(self.data, np.uint8), minlength=256)
        return np.bincount(_CLASSES, weights=by_byte, minlength=5).astype(np.int64)

    @cached_property
    def n_visible(self) -> int:
        return int(self.counts[_LETTER] + self.counts[_DIGIT] + self.counts[_SYMBOL])

    @cached_property
    def lines(self) -> list[bytes]:
        return self.data.split(b"\n")

    @cached_property
    def ngrams(self) -> NDArray[np.uint64]:
        """Return the sorted hashes of all runs of `_NGRAM` words."""
        buffer = np.frombuffer(self.data, np.uint8)
        hashes, _ = ngram_hashes(Texts(buffer, np.array([0, len(buffer)], np.int64)), _NGRAM)
        return np.sort(hashes)

    @cached_property
    def n_words(self) -> int:
        """Return how many words there are, exact from `_NGRAM` on."""
        return len(self.ngrams) + _NGRAM - 1 if len(self.ngrams) > 1 else len(self.text.split())

    def share(self, kind: int) -> float | None:
        """Return the share of a class in what is not space; None where there is too little to tell."""
        return int(self.counts[kind]) / self.n_visible if self.n_visible >= _LEAST_VISIBLE else None


_NGRAM = 8
_LEAST_VISIBLE = 50
_LEAST_LINES = 8
_LINE = 16
_LONG_LINE = 1000
_DENSE = 0.06
_SHORT_PAGE = 2500
_STOP_WORDS_AMONG = 4000
_HEAD = 1500


def _damaged(page: _Page) -> float:
    twice = page.data.count(b"\xc3\x83\xc2") + page.data.count(b"\xc3\xa2\xe2\x82\xac")
    return (twice + page.data.count(b"\xef\xbf\xbd")) / max(page.n_visible, 1)


def _mean_word(page: _Page) -> float | None:
    """Words are runs of letters and digits here, so that paths and calls are several."""
    n_inside = int(page.counts[_LETTER] + page.counts[_DIGIT])
    return n_inside / page.n_words if page.n_visible >= _LEAST_VISIBLE else None


def _dense_lines(page: _Page) -> float:
    long = [line for line in page.lines if len(line) > _LONG_LINE]
    dense = sum(len(line) for line in long if line.count(b" ") < _DENSE * len(line))
    return dense / max(len(page.data), 1)


def _repeated_lines(page: _Page) -> float | None:
    return _repeated([line for line in page.lines if len(line) >= _LINE])


def _repeated_paragraphs(page: _Page) -> float | None:
    return _repeated([paragraph for paragraph in page.data.split(b"\n\n") if len(paragraph) >= _LINE])


def _repeated(pieces: list[bytes]) -> float | None:
    """Return the share of text in pieces that stand there before; None for too few pieces to tell."""
    if len(pieces) < _LEAST_LINES:
        return None
    return 1 - sum(map(len, set(pieces))) / sum(map(len, pieces))


def _repeated_ngrams(page: _Page) -> float | None:
    hashes = page.ngrams
    if len(hashes) < 10 * _NGRAM:
        return None
    return float(np.count_nonzero(hashes[1:] == hashes[:-1])) / len(hashes)


_BULLET = re.compile(rb"^[ \t]*(?:[-*+]|\xe2\x80[\xa2\xa3]|\xe2\x97\x8f|\xe2\x96\xaa)[ \t]", re.MULTILINE)
_ELLIPSIS = re.compile(rb"(?:\.\.\.|\xe2\x80\xa6)$", re.MULTILINE)


def _share_of_lines(pattern: re.Pattern[bytes]) -> Callable[[_Page], float | None]:
    def measure(page: _Page) -> float | None:
        n_lines = sum(map(bool, page.lines))
        return len(pattern.findall(page.data)) / n_lines if n_lines >= _LEAST_LINES else None

    return measure


def _words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STOP_WORDS = {
    "en": _words_of(
        "the of and to a in is that for it as with be on by are this or an not from at which have"
    ),
    "de": _words_of(
        "der die das und in den von zu mit ist des auf für im dem nicht ein eine als auch es an werden aus er"
        " sich dass oder bei sie wird sind"
    ),
}


def _stop_words(page: _Page) -> float | None:
    wanted = _STOP_WORDS.get(page.language)
    words = page.text[:_STOP_WORDS_AMONG].lower().split()
    if wanted is None or len(words) < _LEAST_VISIBLE:
        return None
    return sum(word in wanted for word in words) / len(words)


_GENERATED = re.compile(
    rb"^[ \t]{0,8}(?://+|#+|/?\*+|--|;+|<!--|%+|\"\"\")[ \t!]{0,8}[^\n]{0,80}?"
    rb"(?:code generated [^\n]{0,200}do not edit|@generated\b"
    rb"|(?:automatically|auto-?|machine[- ]) ?generated\b"
    rb"|generated by (?:the protocol buffer compiler|protoc|swig|bison|flex|antlr|thrift)\b)",
    re.IGNORECASE | re.MULTILINE,
)


def _generated(page: _Page) -> int:
    return len(_GENERATED.findall(page.data[:_HEAD]))


_BOILERPLATE_MARKS = (
    "javascript", "cookies", "not found", "nicht gefunden", "forbidden", "denied", "redirected",
    "weitergeleitet", "left blank", "construction", "human", "your browser", "coming soon",
)  # fmt: skip
_BOILERPLATE = re.compile(
    r"(?:please )?(?:enable|activate) javascript[^.\n]*|javascript (?:is )?(?:disabled|required)[^.\n]*"
    r"|(?:this|our) (?:web)?site uses cookies[^.\n]*|we use cookies[^.\n]*|accept (?:all )?cookies"
    r"|(?:diese (?:web)?seite|wir) verwende[nt] cookies[^.\n]*|alle cookies akzeptieren"
    r"|bitte (?:aktivieren sie )?javascript[^.\n]*|(?:404[ :-]*)?page not found|404[ :-]*not found"
    r"|seite (?:wurde )?nicht gefunden|403 forbidden|access denied|you are being redirected[^.\n]*"
    r"|sie werden weitergeleitet[^.\n]*|this page (?:is|was) intentionally left blank"
    r"|(?:page|site) (?:is )?under construction"
    r"|verify (?:that )?you are (?:a )?human[^.\n]*|checking your browser[^.\n]*|coming soon"
)


def _boilerplate(page: _Page) -> float | None:
    lowered = page.text.lower() if len(page.text) <= _SHORT_PAGE else ""
    if not any(mark in lowered for mark in _BOILERPLATE_MARKS):
        return None
    return sum(map(len, _BOILERPLATE.findall(lowered))) / len(lowered.strip())


_LOREM = _words_of(
    "lorem ipsum dolor sit amet consectetur adipiscing adipisicing elit sed eiusmod tempor incididunt"
    " ut labore et dolore magna aliqua enim minim veniam quis nostrud exercitation ullamco laboris"
    " nisi aliquip ex ea commodo consequat duis aute irure reprehenderit voluptate velit esse cillum"
    " eu fugiat nulla pariatur excepteur sint occaecat cupidatat proident sunt culpa qui officia"
    " deserunt mollit anim id est laborum vestibulum pellentesque"
)


def _lorem_ipsum(page: _Page) -> float | None:
    if b"lorem ipsum" not in page.data.lower():
        return None
    words = re.findall(r"\w+", page.text.lower())
    return sum(word in _LOREM for word in words) / len(words)


_MEASURES: dict[str, Callable[[_Page], float | None]] = {
    "min_characters": lambda page: len(page.text.strip()),
    "max_characters": lambda page: len(page.text),
    "max_generated": _generated,
    "max_boilerplate": _boilerplate,
    "max_dense_lines": _dense_lines,
    "max_damaged": _damaged,
    "max_digits": lambda page: page.share(_DIGIT),
    "max_symbols": lambda page: page.share(_SYMBOL),
    "min_letters": lambda page: page.share(_LETTER),
    "max_lorem_ipsum": _lorem_ipsum,
    "max_repeated_lines": _repeated_lines,
    "max_repeated_paragraphs": _repeated_paragraphs,
    "max_bulleted_lines": _share_of_lines(_BULLET),
    "max_cut_lines": _share_of_lines(_ELLIPSIS),
    "min_stop_words": _stop_words,
    "min_words": lambda page: page.n_words,
    "max_mean_word": _mean_word,
    "max_repeated_ngrams": _repeated_ngrams,
}
"""Rule → what it measures, the cheapest first; None where there is too little text to tell."""
