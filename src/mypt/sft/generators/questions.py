"""Sets of short questions with their answers: tables to fill in, and groups that contrast."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from random import Random
from typing import Protocol

Item = tuple[str, ...]
GROUP = 3
"""Drafts of a contrast group: a made-up word is asked about, a real one is, the made-up one is echoed."""
_COLON = ": {0}"
_MOST_WORDS_BEFORE_BARE_TEXT = 2


@dataclass(frozen=True)
class Draft:
    """A question with its answer, and what it was made of."""

    question: str
    answer: str
    template: str
    payload: str | None
    """What no other split asks about; none where only the wording differs."""
    group: int | None = None


class Pattern(Protocol):
    """A finite set of different drafts."""

    @property
    def size(self) -> int:
        """How many there are."""
        ...

    def drafts(self, count: int, rng: Random) -> Iterator[Draft]:
        """Yield as many, none twice."""
        ...


@dataclass(frozen=True)
class Table:
    """Templates in frames, for items: `{0}` is an item's first column, and `|` stands before the answer."""

    name: str
    templates: Sequence[str]
    items: Sequence[Item]
    frames: Sequence[str] = ("{0}",)
    quotes: Sequence[str] = ()
    """What may stand around each column in the question, one of them drawn for each; none: nothing."""
    payload_column: int | None = None

    @property
    def size(self) -> int:
        """How many different questions there are; other quotes make no other question."""
        return len(self.templates) * len(self.frames) * len(self.items)

    def drafts(self, count: int, rng: Random) -> Iterator[Draft]:
        """Yield different questions in no order."""
        for index in rng.sample(range(self.size), count):
            rest, item = divmod(index, len(self.items))
            yield self.filled(rest, self.items[item], rng)

    def filled(self, wording: int, item: Item, rng: Random) -> Draft:
        """Return what a template and a frame, numbered together, make of an item."""
        frame, template = divmod(wording, len(self.templates))
        question, _, answer = self.templates[template].partition("|")
        quote = rng.choice(self.quotes) if self.quotes else ""
        if self.quotes:
            question = _with_separator(question, quote, rng)
        question = question.format(*(f"{quote}{column}{quote}" for column in item))
        text = self.frames[frame].format(question[0].upper() + question[1:])
        name = f"{self.name}-{template}" + (f".{frame}" if frame else "")
        payload = None if self.payload_column is None else item[self.payload_column]
        return Draft(text, answer.format(*item), name, payload)


def _with_separator(question: str, quote: str, rng: Random) -> str:
    """Draw what stands between an instruction and the text at its end; text alone follows few words only."""
    if not question.endswith(_COLON):
        return question
    start = question.removesuffix(_COLON)
    joins = bool(quote) or len(start.split()) <= _MOST_WORDS_BEFORE_BARE_TEXT
    return start + rng.choice((": ", ":\n", " ") if joins else (": ", ":\n")) + "{0}"


@dataclass(frozen=True)
class AntiEcho:
    """Questions about a made-up word, each beside its answerable twin and an echo of the same word."""

    twins: Sequence[Table]
    words: Sequence[str]
    echoes: Table
    unknown: str

    @property
    def size(self) -> int:
        """How many drafts there are: a group uses up a word and an answerable question."""
        return GROUP * min(len(self.words), sum(twin.size for twin in self.twins))

    def drafts(self, count: int, rng: Random) -> Iterator[Draft]:
        """Yield whole groups, but for the last."""
        return islice(self._groups(-(-count // GROUP), rng), count)

    def _groups(self, n_groups: int, rng: Random) -> Iterator[Draft]:
        places = [(twin, index) for twin in self.twins for index in range(twin.size)]
        words = rng.sample(self.words, n_groups)
        for group, (twin, index) in enumerate(rng.sample(places, n_groups)):
            for draft in self._group(twin, index, words[group], rng):
                yield replace(draft, group=group)

    def _group(self, twin: Table, index: int, word: str, rng: Random) -> Iterator[Draft]:
        wording, item = divmod(index, len(twin.items))
        real = twin.items[item]
        made_up = (word.capitalize() if real[-1][0].isupper() else word,) * len(real)
        yield replace(twin.filled(wording, made_up, rng), answer=self.unknown, payload=made_up[0])
        yield twin.filled(wording, real, rng)
        yield self.echoes.filled(rng.randrange(len(self.echoes.templates)), made_up, rng)
