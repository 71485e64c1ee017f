"""Questions whose right passage is known: from parallel documents, from paraphrases, from identifiers.

In each task all passages are in one language and one of them is right. The two small sets that come with the
program stand among passages of the user's own files, where there are any.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mypt.bench.retrieval_sources import Pair
from mypt.files import read_jsonl

DIRECTIONS = (("en", "en"), ("de", "de"), ("de", "en"), ("en", "de"))
"""Languages of question and passages."""
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Task:
    """Some questions to the same passages."""

    name: str
    """Its source and both languages: `packages de-en`."""
    passages: tuple[str, ...]
    questions: tuple[str, ...]
    right: tuple[int, ...]
    """Of each question, the place of its passage."""


def parallel_tasks(name: str, pairs: Sequence[Pair], n_questions: int, n_passages: int) -> list[Task]:
    """Return a task for each direction; which pairs are taken depends on their keys alone."""
    chosen = sorted(pairs, key=lambda pair: hashlib.sha256(pair.key.encode()).digest())[:n_passages]
    asked = _asked_once(chosen)[:n_questions]
    return [
        Task(
            f"{name} {asking}-{answering}",
            tuple(getattr(pair, answering).passage for pair in chosen),
            tuple(getattr(chosen[place], asking).question for place in asked),
            tuple(asked),
        )
        for asking, answering in DIRECTIONS
    ]


def _asked_once(pairs: Sequence[Pair]) -> list[int]:
    """Return the places of pairs whose questions no other one asks: those have one right passage."""
    asked: dict[str, int] = {}
    for pair in pairs:
        for question in {pair.de.question, pair.en.question}:
            asked[question] = asked.get(question, 0) + 1
    return [
        place
        for place, pair in enumerate(pairs)
        if asked[pair.de.question] == 1 and asked[pair.en.question] == 1
    ]


def shipped_tasks(others: Mapping[str, Sequence[str]]) -> list[Task]:
    """Return the paraphrases and identifiers that come with the program, among other passages by language."""
    return [*_paraphrases(others), *_identifiers(others)]


def _paraphrases(others: Mapping[str, Sequence[str]]) -> Iterator[Task]:
    rows = _rows("paraphrases.jsonl")
    for asking, answering in DIRECTIONS:
        passages = (*(row[answering] for row in rows), *others.get(answering, ()))
        questions = tuple(row[f"ask_{asking}"] for row in rows)
        yield Task(f"paraphrase {asking}-{answering}", passages, questions, tuple(range(len(rows))))


def _identifiers(others: Mapping[str, Sequence[str]]) -> Iterator[Task]:
    """The first passage of each row is right; its near twins stand behind it."""
    rows = _rows("identifiers.jsonl")
    for language in ("en", "de"):
        passages: list[str] = []
        right = []
        for row in rows:
            right.append(len(passages))
            passages += row[language]
        questions = tuple(row[f"ask_{language}"] for row in rows)
        yield Task(
            f"identifier {language}-{language}",
            (*passages, *others.get(language, ())),
            questions,
            tuple(right),
        )


def _rows(name: str) -> list[dict[str, Any]]:
    return list(read_jsonl(_HERE / name))
