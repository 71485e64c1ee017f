"""Guess whether a text is English or German, offline."""

from functools import cache
from typing import Any, Literal

from py3langid.langid import MODEL_FILE, LanguageIdentifier

Language = Literal["en", "de", "unknown"]

_WANTED: dict[str, Language] = {"en": "en", "de": "de"}
_LEAST_CONFIDENCE = 0.5
_MOST_CHARACTERS = 20_000


def guess_language(text: str) -> Language:
    """Return `en` or `de`, or `unknown` for another language and for text too short to tell.

    All languages of the model compete, so that French is not called English for want of choice.
    """
    language, confidence = _identifier().classify(text[:_MOST_CHARACTERS])
    return _WANTED.get(language, "unknown") if confidence >= _LEAST_CONFIDENCE else "unknown"


@cache
def _identifier() -> Any:
    """Load the model that comes with the package; it takes most of a second."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
