"""Documents that are made up: fact sheets in English and German, with what can be asked about them."""

import datetime
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from pydantic import TypeAdapter

from mypt.config import Section
from mypt.sft.phrase_lists import read_table

_FACTS_PER_PASSAGE = (2, 3)
_FEWEST_FACTS = 6
_SHARE_OF_REMARKS = 0.4
_SHARE_OF_FULL_SENTENCES = 0.4
_FIRST_DAY = datetime.date(2019, 1, 1).toordinal()
_DAYS = 15 * 365


class _Attribute(Section):
    """The wordings of one attribute in one language."""

    topic: str
    questions: tuple[str, ...]
    full: tuple[str, ...]
    """Sentences that name the subject."""
    short: tuple[str, ...]
    """Sentences that follow one that names it."""


class _Wording(Section):
    """How a kind of document is written in one language."""

    subjects: tuple[str, ...]
    titles: tuple[str, ...]
    remarks: tuple[str, ...]
    attributes: Mapping[str, _Attribute]


class _Kind(Section):
    """A kind of document: what its attributes are values of, and its wordings."""

    values: Mapping[str, str]
    en: _Wording
    de: _Wording


@dataclass(frozen=True, slots=True)
class MadeUpFact:
    """One value that a document states, and how it can be asked for and told."""

    attribute: str
    """What is stated of the subject, the same key in both languages."""
    sentence: str
    """The one sentence of the passage that states it; the subject may be named in one before it."""
    filling: Mapping[str, str]
    wording: _Attribute

    @property
    def subject(self) -> str:
        """As it stands in a sentence, with its article where it has one."""
        return self.filling["subject"]

    @property
    def value(self) -> str:
        """Character for character as the sentence has it."""
        return self.filling["value"]

    @property
    def topic(self) -> str:
        """What is asked for, as a noun: `the price of the scanner AB-1024`."""
        return self.wording.topic.format_map(self.filling)

    @property
    def questions(self) -> tuple[str, ...]:
        """Whole questions for the value."""
        return tuple(question.format_map(self.filling) for question in self.wording.questions)

    @property
    def statements(self) -> tuple[str, ...]:
        """Whole sentences that answer, each with the subject and the value."""
        return tuple(_capitalised(full.format_map(self.filling)) for full in self.wording.full)


@dataclass(frozen=True, slots=True)
class MadeUpPassage:
    """A paragraph and its facts, in their order."""

    text: str
    facts: tuple[MadeUpFact, ...]


@dataclass(frozen=True, slots=True)
class MadeUpDocument:
    """A fact sheet about one subject; each of its facts stands in one passage alone."""

    title: str
    kind: str
    """What it is about, such as `company` or `order`."""
    subject: str
    passages: tuple[MadeUpPassage, ...]


def documents(language: str, rng: random.Random) -> MadeUpDocument:
    """Return the next made-up document of a random source: the same source, the same documents."""
    kind, values, wording = _kinds(language)[int(rng.random() * len(_kinds(language)))]
    draw = _Draw(language, rng, _FIRST_DAY + int(rng.random() * _DAYS))
    name = _choice(wording.subjects, rng).format_map(_Drawn(draw))
    words = {"subject": name, "of_subject": name}
    if language == "de":  # all German subjects are feminine, so that two forms serve all cases
        words = {"subject": f"die {name}", "of_subject": f"der {name}"}
    keys = rng.sample(tuple(values), _between(rng, _FEWEST_FACTS, len(values)))
    passages = []
    while keys:
        n_facts = _between(rng, *_FACTS_PER_PASSAGE)
        facts: list[MadeUpFact] = []
        for key in keys[:n_facts]:
            filling = {**words, "value": draw(values[key])}
            is_full = not facts or rng.random() < _SHARE_OF_FULL_SENTENCES
            facts.append(_fact(key, wording.attributes[key], filling, rng, is_full=is_full))
        passages.append(_passage(facts, wording.remarks, rng))
        keys = keys[n_facts:]
    title = _choice(wording.titles, rng).format(subject=name)
    return MadeUpDocument(_capitalised(title), kind, words["subject"], tuple(passages))


def _fact(
    key: str, wording: _Attribute, filling: Mapping[str, str], rng: random.Random, *, is_full: bool
) -> MadeUpFact:
    sentence = _choice(wording.full if is_full else wording.short, rng)
    return MadeUpFact(key, _capitalised(sentence.format_map(filling)), filling, wording)


def _passage(facts: Sequence[MadeUpFact], remarks: Sequence[str], rng: random.Random) -> MadeUpPassage:
    text = " ".join(fact.sentence for fact in facts)
    if rng.random() < _SHARE_OF_REMARKS:
        text += " " + _choice(remarks, rng)
    return MadeUpPassage(text, tuple(facts))


def _capitalised(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]


def _choice(values: Sequence[str], rng: random.Random) -> str:
    """Take half the time of `rng.choice`: there are many to make."""
    return values[int(rng.random() * len(values))]


def _between(rng: random.Random, low: int, high: int) -> int:
    """Take a third of the time of `rng.randint`."""
    return low + int(rng.random() * (high - low + 1))


@dataclass(frozen=True, slots=True)
class _Draw:
    """Draws the values of one document."""

    language: str
    rng: random.Random
    day: int
    """What the dates of the document are counted from, so that they come in a likely order."""

    def __call__(self, values: str) -> str:
        """Return a name of a list, one made of a pattern of lists, or a kind of number within limits."""
        lists, patterns = _names(self.language)
        if values in lists:
            return _choice(lists[values], self.rng)
        if values in patterns:
            return patterns[values].format_map(_Drawn(self))
        kind, *limits = values.split()
        return _NUMBERS[kind](self, *map(int, limits))


class _Drawn(dict[str, str]):
    """Draws each word of a pattern as it is asked for."""

    def __init__(self, draw: _Draw) -> None:
        super().__init__()
        self._draw = draw

    def __missing__(self, key: str) -> str:
        return self._draw(key)


def _count(draw: _Draw, low: int, high: int) -> str:
    return str(_between(draw.rng, low, high))


def _number(draw: _Draw) -> str:
    return str(_between(draw.rng, 1, 99))


def _sum(draw: _Draw, low: int, high: int) -> str:
    amount = _between(draw.rng, low, high)
    if amount >= 1_000:
        amount -= amount % 50
    return f"{amount:,} Franken".replace(",", "\u2019") if draw.language == "de" else f"CHF {amount:,}"


def _percent(draw: _Draw) -> str:
    number = f"{_between(draw.rng, 2, 60) / 2:g}"
    return f"{number.replace('.', ',')} Prozent" if draw.language == "de" else f"{number} percent"


def _date(draw: _Draw, low: int, high: int) -> str:
    day = datetime.date.fromordinal(draw.day + _between(draw.rng, low, high))
    month = _names(draw.language)[0]["month"][day.month - 1]
    return f"{day.day}{'.' if draw.language == 'de' else ''} {month} {day.year}"


def _time(draw: _Draw, low: int, high: int) -> str:
    return f"{_between(draw.rng, low, high):02}:{5 * _between(draw.rng, 0, 11):02}"


def _phone(draw: _Draw) -> str:
    area = _choice(("031", "041", "044", "052", "061", "071", "081"), draw.rng)
    return f"{area} 555 {_between(draw.rng, 0, 99):02} {_between(draw.rng, 0, 99):02}"


def _room(draw: _Draw) -> str:
    return f"{_choice('ABCDEFG', draw.rng)}{_between(draw.rng, 101, 699)}"


def _code(draw: _Draw) -> str:
    letters = "ABCDEFGHKLMNPRSTUVWXZ"
    return f"{_choice(letters, draw.rng)}{_choice(letters, draw.rng)}-{_between(draw.rng, 1000, 9999)}"


_NUMBERS: Mapping[str, Callable[..., str]] = {
    "count": _count, "number": _number, "sum": _sum, "percent": _percent, "date": _date, "time": _time,
    "phone": _phone, "room": _room, "code": _code,
}  # fmt: skip


@cache
def _kinds(language: str) -> Sequence[tuple[str, Mapping[str, str], _Wording]]:
    kinds = TypeAdapter(dict[str, _Kind]).validate_python(read_table("made_up_documents"))
    return tuple(
        (name, kind.values, kind.de if language == "de" else kind.en) for name, kind in kinds.items()
    )


@cache
def _names(language: str) -> tuple[Mapping[str, tuple[str, ...]], Mapping[str, str]]:
    """Return lists of names by kind, and patterns made of them."""
    table = TypeAdapter(dict[str, dict[str, tuple[str, ...] | str]]).validate_python(
        read_table("made_up_names")
    )
    lists = {**table["both"], **table[language]}
    return (
        {kind: names for kind, names in lists.items() if isinstance(names, tuple)},
        {kind: pattern for kind, pattern in table["patterns"].items() if isinstance(pattern, str)},
    )
