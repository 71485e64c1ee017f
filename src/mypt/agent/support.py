"""How well a passage supports a sentence: a measure of words alone, the same on every machine.

The passage is read in windows of one to three sentences, with the headings it stands under. The score is
the share of the sentence's content words that a window has, by stem, weighted by how rare a word is among
the retrieved passages; a part of a compound counts for three quarters. Two things no overlap can make good:

- a number, date or identifier of the sentence that the window lacks, or has in a sentence about something
  else: the score is 0;
- a clause to which the clause of the passage that is most about the same says the opposite ("not",
  "höchstens" for "mindestens", "may" for "must"): the score is multiplied by 0.4.

Languages are not compared: a sentence in another language than the passage is "not comparable", unless a
number is missing. Questions and sentences without content words claim nothing. What the threshold
separates, and how often it errs, is measured by `tests/agent/test_support.py`.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from mypt.agent.exact_values import NUMBER_WORDS, exact_values
from mypt.agent.polarity import Clause, clauses, is_opposite
from mypt.retrieval.analysis import pieces
from mypt.workspace.sentences import split_sentences

SupportStatus: TypeAlias = Literal["supported", "unsupported", "not comparable", "no claim"]
Doubt: TypeAlias = Literal["", "no citation", "words", "value", "opposite"]

_LONGEST_WINDOW = 3
_OPPOSITE = 0.4
_PART_OF_COMPOUND = 0.75
_LEAST_PART = 5
_REFERENCES = frozenset(
    [
        "art",
        "article",
        "artikel",
        "abs",
        "absatz",
        "lit",
        "ziff",
        "ziffer",
        "nr",
        "nummer",
        "number",
        "section",
        "abschnitt",
        "chapter",
        "kapitel",
        "page",
        "seite",
    ]
)
"""Words before a number that differ where the reference is the same."""
_LEAST_OF_WINDOW = 0.5
"""A number counts where it stands in a sentence that has at least half of what the window has."""


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
class _Part:
    """A sentence of a passage, or the headings that it stands under."""

    terms: frozenset[str]
    values: frozenset[str]
    clauses: tuple[Clause, ...] = ()


class SupportMeasure:
    """Scores sentences; how rare a word is follows from the passages that were retrieved."""

    def __init__(self, retrieved: Sequence[Evidence], threshold: float) -> None:
        self.threshold = threshold
        self._n = len(retrieved)
        self._found_in = Counter(term for one in retrieved for term in content_terms(one.text))
        self._windows: dict[Evidence, list[list[_Part]]] = {}

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
        if not values <= frozenset().union(*(part.values for window in windows for part in window)):
            return Support("unsupported", 0.0, one.id, "value")
        if language != one.language and "unknown" not in (language, one.language):
            return Support("not comparable", 0.0, one.id)
        scored = [self._in_window(window, terms, values) for window in windows]
        score, doubt = max(scored, key=lambda pair: pair[0], default=(0.0, "words"))
        said = {clause: None for window in windows for part in window for clause in part.clauses}
        if any(is_opposite(clause, list(said)) for clause in clauses(sentence)):
            score, doubt = score * _OPPOSITE, "opposite"
        is_supported = score >= self.threshold
        return Support(
            "supported" if is_supported else "unsupported", score, one.id, "" if is_supported else doubt
        )

    def _in_window(
        self, window: Sequence[_Part], terms: frozenset[str], values: frozenset[str]
    ) -> tuple[float, Doubt]:
        headings, *sentences = window
        score = self._share(terms, headings.terms.union(*(part.terms for part in sentences)))
        about_it = [
            part.values
            for part in sentences
            if self._share(terms, part.terms | headings.terms) >= _LEAST_OF_WINDOW * score
        ]
        if not values <= headings.values.union(*about_it):
            return 0.0, "value"
        return score, "words"

    def _share(self, terms: frozenset[str], found: frozenset[str]) -> float:
        total = math.fsum(map(self._weight, terms))
        share = math.fsum(self._weight(term) * _likeness(term, found) for term in terms)
        return round(share / total, 6) if total else 1.0

    def _weight(self, term: str) -> float:
        return 1.0 + math.log((self._n + 1) / (self._found_in[term] + 1))

    def _windows_of(self, one: Evidence) -> list[list[_Part]]:
        """Return each run of one to three sentences, with the headings before it."""
        if one not in self._windows:
            headings = _part(one.headings)
            parts = [_part(one.text[start:end]) for start, end in split_sentences(one.text)]
            self._windows[one] = [
                [headings, *parts[first : first + length]]
                for length in range(1, _LONGEST_WINDOW + 1)
                for first in range(len(parts) - length + 1)
            ]
        return self._windows[one]


def content_terms(text: str) -> frozenset[str]:
    """Return the stems of the words that say what a text is about; what stands for a value is left out."""
    return frozenset(
        piece.term
        for piece in pieces(text)
        if not (piece.is_stop_word or piece.is_whole or _is_value(text[piece.start : piece.end].casefold()))
    )


def _is_value(word: str) -> bool:
    return word[0].isdigit() or word in NUMBER_WORDS or word in _REFERENCES


def _part(text: str) -> _Part:
    return _Part(content_terms(text), exact_values(text), tuple(clauses(text)))


def _likeness(term: str, terms: Iterable[str]) -> float:
    if term in terms:
        return 1.0
    return max((_PART_OF_COMPOUND for other in terms if _is_part(term, other)), default=0.0)


def _is_part(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) >= _LEAST_PART and (long.startswith(short) or long.endswith(short))


def _rank(support: Support) -> tuple[bool, bool, float]:
    return support.status == "supported", support.status == "not comparable", support.score
