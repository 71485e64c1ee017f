"""Whether two clauses about the same thing say the opposite."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mypt.retrieval.analysis import pieces

_BREAK = re.compile(
    r"[,;:()\u2013\u2014]|\s-\s|\b(?:but|however|which|that|if|when|then|aber|sondern|jedoch|wenn|dann|falls|sofern|soweit)\b"
)
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019]t\b)?")
_LEAST_SHARED = 0.5
"""Of the content words of the clause: with fewer, the two are about different things."""

NEGATIONS = frozenset(
    """
    not no never none neither without cannot nothing nobody isn't aren't wasn't weren't don't doesn't
    didn't can't couldn't won't wouldn't mustn't shouldn't needn't hasn't haven't hadn't unless
    nicht nie niemals nichts niemand kein keine keinem keinen keiner keines ohne weder keinesfalls keineswegs
    """.split()  # noqa: SIM905  # words are read and sorted more easily so
)

OPPOSITES: tuple[tuple[str, str], ...] = (
    ("minimum least mindestens wenigstens", "maximum most höchstens maximal"),
    ("more mehr above über", "less fewer weniger below unter"),
    ("longer länger higher höher", "shorter kürzer lower tiefer niedriger"),
    ("before vor bevor vorher earlier previously", "after nach nachdem nachher later afterwards"),
    ("must shall required müssen muss verpflichtet", "may optional optionally können kann dürfen darf"),
    ("allowed permitted erlaubt zulässig gestattet", "forbidden prohibited verboten unzulässig untersagt"),
    ("enable enables enabled aktiviert", "disable disables disabled deaktiviert"),
    ("increase increases increased erhöht erhöhen", "decrease decreases decreased reduced gesenkt senken"),
    ("install installs installed installiert", "remove removes removed uninstall entfernt"),
    ("always immer stets", "never nie niemals"),
    ("all every alle jeder jede jedes", "none keine keiner kein"),
    ("first erste ersten erster", "last letzte letzten letzter"),
    ("with mit", "without ohne"),
    ("valid gültig wirksam", "invalid void ungültig unwirksam nichtig"),
    ("stable", "unstable testing"),
    ("employer arbeitgeber arbeitgeberin", "employee arbeitnehmer arbeitnehmerin"),
)  # fmt: skip
"""Words that turn a statement into another when one stands for the other."""

_SIDES = [tuple(frozenset(side.split()) for side in pair) for pair in OPPOSITES]


@dataclass(frozen=True)
class Clause:
    """A part of a sentence between commas."""

    terms: frozenset[str]
    """Stems of its content words."""
    words: frozenset[str]
    is_negated: bool


def clauses(sentence: str) -> list[Clause]:
    """Return the parts of a sentence that have content words."""
    return [clause for part in _BREAK.split(sentence) if (clause := _clause(part)).terms]


def is_opposite(clause: Clause, others: Sequence[Clause]) -> bool:
    """Say whether those clauses that are most about the same thing all say the opposite."""
    shares = [len(clause.terms & other.terms) / len(clause.terms) for other in others]
    best = max(shares, default=0.0)
    nearest = [other for other, share in zip(others, shares, strict=True) if share == best]
    return best >= _LEAST_SHARED and all(_differs(clause, other) for other in nearest)


def _clause(text: str) -> Clause:
    words = [word.casefold().replace("\u2019", "'") for word in _WORD.findall(text)]
    terms = frozenset(piece.term for piece in pieces(text) if not (piece.is_stop_word or piece.is_whole))
    return Clause(terms, frozenset(words), sum(word in NEGATIONS for word in words) % 2 == 1)


def _differs(one: Clause, other: Clause) -> bool:
    return one.is_negated != other.is_negated or any(_swapped(one.words, other.words))


def _swapped(one: Iterable[str], other: Iterable[str]) -> Iterator[bool]:
    words, others = frozenset(one), frozenset(other)
    for left, right in _SIDES:
        yield bool(words & left and others & right and not words & right and not others & left)
        yield bool(words & right and others & left and not words & left and not others & right)
