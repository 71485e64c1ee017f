"""What counts as a refusal, as one list of phrases: generators write by it, scorers judge by it."""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

from mypt.evaluation.words import joined

Language = Literal["en", "de"]
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


def is_refusal(text: str, language: Language | None = None) -> bool:
    """Say whether a text says that something cannot be known, in one language or in any."""
    shown = joined(text)
    languages = (language,) if language else tuple(refusal_phrases())
    return any(phrase in shown for name in languages for phrase in _joined_phrases()[name])


@cache
def refusal_phrases() -> Mapping[str, tuple[str, ...]]:
    """Return the phrases of each language; a text that holds one is a refusal."""
    text = files("mypt.evaluation").joinpath("refusals.json").read_text(encoding="utf-8")
    return {language: tuple(phrases) for language, phrases in json.loads(text).items()}


@cache
def _joined_phrases() -> Mapping[str, tuple[str, ...]]:
    return {name: tuple(joined(phrase) for phrase in phrases) for name, phrases in refusal_phrases().items()}


def sentences(text: str) -> list[str]:
    """Return the sentences of an answer, so that a hedge behind a fact does not count against it."""
    return [part for part in _SENTENCE_END.split(text.strip()) if part]
