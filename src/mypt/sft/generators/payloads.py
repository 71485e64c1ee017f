"""What is echoed, copied, wrapped and extracted: words, numbers and made-up words, apart for each split.

Which split a payload belongs to is a function of the payload, so that train and validation share none
whatever the seed. Payloads and templates of suites belong to neither.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import product
from zlib import crc32

from mypt.evaluation.suite import load_suites
from mypt.evaluation.words import joined
from mypt.sft.generator import Split
from mypt.sft.phrase_lists import phrase_lists

N_PARTS = 20
VAL_PARTS = frozenset({0, 1})
SUITES = ("phase1", "phase2")
_ONSETS = (
    "b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "z",
    "bl", "br", "dr", "fl", "gr", "kl", "pl", "tr", "st",
)  # fmt: skip
_CODAS = ("", "n", "r", "s", "l")
_GENDER_ENDINGS = {"m": "er", "f": "e", "n": "es"}
_MOST_NUMBER = 10_000


def part_of(text: str) -> int:
    """Return which of the `N_PARTS` parts a payload falls in, whatever its case."""
    return crc32(text.casefold().encode()) % N_PARTS


@cache
def held_out(field: str) -> frozenset[str]:
    """Return each `payload`, without case, or the words of each `template` that the suites hold out."""
    cases = (case for suite in load_suites(SUITES) for case in suite.cases)
    normal = joined if field == "template" else str.casefold
    return frozenset(normal(str(case.meta[field])) for case in cases if field in case.meta)


def of_split(payloads: Iterable[str], split: Split) -> tuple[str, ...]:
    """Return the payloads of a split, without those of suites."""
    return tuple(payload for payload in payloads if belongs(payload, split))


def belongs(payload: str, split: Split) -> bool:
    """Say whether a payload is of a split and no suite has it."""
    is_of_suite = payload.casefold() in held_out("payload")
    return (part_of(payload) in VAL_PARTS) == (split == "val") and not is_of_suite


def own_templates(templates: Iterable[str]) -> tuple[str, ...]:
    """Return templates without those of suites."""
    return tuple(text for text in templates if joined(text.partition("|")[0]) not in held_out("template"))


@cache
def single_words(split: Split) -> Mapping[str, tuple[str, ...]]:
    """Return the payloads of one word by their kind; none is in two kinds, whatever its case."""
    lists = phrase_lists("payloads")["words"]
    english = lists["en"]
    in_english = {word.casefold() for word in english}
    german = [word for word in lists["de"] if word.casefold() not in in_english]
    real = {word.casefold() for word in [*english, *german]}
    kinds: dict[str, Iterable[str]] = {
        "english": english[::2],
        "german": german[::2],
        "mixed_case": map(_in_odd_case, [*english[1::2], *german[1::2]]),
        "number": map(str, range(_MOST_NUMBER)),
        "made_up": [word for word in _made_up_words() if word not in real],
    }
    return {kind: of_split(payloads, split) for kind, payloads in kinds.items()}


@cache
def phrases(language: str, split: Split) -> tuple[str, ...]:
    """Return pairs of an adjective and a noun, with the German endings of the nominative."""
    lists = phrase_lists("payloads")
    pairs = product(lists["adjectives"][language], lists["nouns"][language])
    return of_split((_phrase(adjective, noun) for adjective, noun in pairs), split)


@cache
def sentences(language: str, split: Split) -> tuple[str, ...]:
    """Return whole sentences of some five words."""
    lists = phrase_lists("payloads")
    pairs = product(lists["subjects"][language], lists["predicates"][language])
    return of_split((f"{subject} {predicate}" for subject, predicate in pairs), split)


def _phrase(adjective: str, noun: str) -> str:
    gender, bar, word = noun.partition("|")
    return f"{adjective}{_GENDER_ENDINGS[gender]} {word}" if bar else f"{adjective} {noun}"


def _made_up_words() -> list[str]:
    """Return words of two syllables and four to seven letters."""
    syllables = [onset + vowel for onset, vowel in product(_ONSETS, "aeiou")]
    return ["".join(parts) for parts in product(syllables, syllables, _CODAS)]


def _in_odd_case(word: str) -> str:
    """Write a word in capitals, with one at its start, or with every second letter one."""
    style = len(word) % 3
    odd = "".join(char.upper() if place % 2 else char.lower() for place, char in enumerate(word))
    return (word.upper(), word.capitalize(), odd)[style]
