"""How well a passage supports a sentence: a measure of words alone, the same on every machine.

The passage is read in windows of one to three sentences, with the headings it stands under. The score is
the share of the sentence's content words that a window has, by stem, weighted by how rare a word is among
the retrieved passages; a part of a compound counts for three quarters. Two things no overlap can make good:

- a number, date or identifier of the sentence that the window lacks: the score is 0;
- a clause that the window says with the opposite sense ("not", "höchstens" for "mindestens", "may" for
  "must"): the score is multiplied by 0.4.

Languages are not compared: a sentence in another language than the passage is "not comparable", unless a
number is missing. Questions and sentences without content words claim nothing. What the threshold
separates, and how often it errs, is measured by `tests/agent/test_support.py`.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from mypt.agent.exact_values import exact_values
from mypt.agent.polarity import Clause, clauses, is_opposite
from mypt.agent.sentences import split_sentences
from mypt.retrieval.analysis import pieces

SupportStatus: TypeAlias = Literal["supported", "unsupported", "not comparable", "no claim"]
Doubt: TypeAlias = Literal["", "no citation", "words", "value", "opposite"]

_LONGEST_WINDOW = 3
_OPPOSITE = 0.4
_PART_OF_COMPOUND = 0.75
_LEAST_PART = 5


@dataclass(frozen=True)
class Evidence:
    """A passage that was retrieved."""

    id: str
    text: str
    headings: str = ""
    """Title and headings it stands under."""
    language: str = "unknown"


@dataclass(frozen=True)
class Support:
    """What the cited passages say to one sentence."""

    status: SupportStatus
    score: float
    passage_id: str = ""
    """The passage that supports it best."""
    doubt: Doubt = ""
    """Why it is not supported."""


@dataclass(frozen=True)
class _Window:
    terms: frozenset[str]
    values: frozenset[str]
    clauses: tuple[Clause, ...]


class SupportMeasure:
    """Scores sentences; how rare a word is follows from the passages that were retrieved."""

    def __init__(self, retrieved: Sequence[Evidence], threshold: float) -> None:
        self.threshold = threshold
        self._n = len(retrieved)
        self._found_in = Counter(term for one in retrieved for term in content_terms(one.text))
        self._windows: dict[Evidence, list[_Window]] = {}

    def judge(self, sentence: str, language: str, cited: Sequence[Evidence]) -> Support:
        """Return how well the best of the cited passages supports a sentence."""
        terms, values = content_terms(sentence), exact_values(sentence)
        if not (terms or values) or sentence.rstrip().endswith("?"):
            return Support("no claim", 0.0)
        if not cited:
            return Support("unsupported", 0.0, doubt="no citation")
        verdicts = [self._against(one, sentence, language, terms, values) for one in cited]
        return max(verdicts, key=_rank)

    def _against(
        self, one: Evidence, sentence: str, language: str, terms: frozenset[str], values: frozenset[str]
    ) -> Support:
        windows = self._windows_of(one)
        if not values <= frozenset().union(*(window.values for window in windows)):
            return Support("unsupported", 0.0, one.id, "value")
        if language != one.language and "unknown" not in (language, one.language):
            return Support("not comparable", 0.0, one.id)
        own = clauses(sentence)
        scored = [self._in_window(window, own, terms, values) for window in windows]
        score, doubt = max(scored, key=lambda pair: pair[0], default=(0.0, "words"))
        is_supported = score >= self.threshold
        return Support(
            "supported" if is_supported else "unsupported", score, one.id, "" if is_supported else doubt
        )

    def _in_window(
        self, window: _Window, own: Sequence[Clause], terms: frozenset[str], values: frozenset[str]
    ) -> tuple[float, Doubt]:
        if not values <= window.values:
            return 0.0, "value"
        total = math.fsum(map(self._weight, terms))
        share = math.fsum(self._weight(term) * _likeness(term, window.terms) for term in terms)
        score = round(share / total, 6) if total else 1.0
        if any(is_opposite(clause, window.clauses) for clause in own):
            return score * _OPPOSITE, "opposite"
        return score, "words"

    def _weight(self, term: str) -> float:
        return 1.0 + math.log((self._n + 1) / (self._found_in[term] + 1))

    def _windows_of(self, one: Evidence) -> list[_Window]:
        if one not in self._windows:
            spans = split_sentences(one.text)
            self._windows[one] = [
                _window(one, one.text[spans[first][0] : spans[first + length - 1][1]])
                for length in range(1, _LONGEST_WINDOW + 1)
                for first in range(len(spans) - length + 1)
            ]
        return self._windows[one]


def content_terms(text: str) -> frozenset[str]:
    """Return the stems of the words that say what a text is about, numbers left out."""
    return frozenset(
        piece.term
        for piece in pieces(text)
        if not (piece.is_stop_word or piece.is_whole or piece.term[0].isdigit())
    )


def _window(one: Evidence, text: str) -> _Window:
    headed = f"{one.headings}\n{text}"
    return _Window(content_terms(headed), exact_values(headed), tuple(clauses(text)))


def _likeness(term: str, terms: Iterable[str]) -> float:
    if term in terms:
        return 1.0
    return max((_PART_OF_COMPOUND for other in terms if _is_part(term, other)), default=0.0)


def _is_part(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) >= _LEAST_PART and (long.startswith(short) or long.endswith(short))


def _rank(support: Support) -> tuple[bool, bool, float]:
    return support.status == "supported", support.status == "not comparable", support.score
