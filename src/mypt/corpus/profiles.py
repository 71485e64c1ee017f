"""What a text must be like to stay, for each kind of text: thresholds that a recipe may change.

Limits made for web pages reject nearly all law, manual pages, RFCs and code. Those here were
set on such texts: a rule stands where only junk is, and a profile leaves out what it cannot judge.
"""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from pydantic import model_validator

from mypt.config import Section

ProfileName: TypeAlias = Literal["reference", "law", "code", "prose", "qa", "none"]


class Profile(Section):
    """Thresholds for a text; null leaves a rule out. What a recipe does not set comes from `base`."""

    base: ProfileName = "reference"
    """reference: documentation, manuals; law; code; prose: web pages, articles; qa: short answers; none."""
    min_characters: int | None = None
    """Shorter texts go."""
    max_characters: int | None = None
    """Longer texts go."""
    min_words: int | None = None
    """Texts with fewer words go."""
    min_letters: float | None = None
    """Least share of letters in what is not space."""
    max_digits: float | None = None
    """Largest share of digits in what is not space: tables of numbers lie above."""
    max_symbols: float | None = None
    """Largest share of what is neither letter, digit nor space."""
    max_damaged: float | None = None
    """Largest share of replacement characters and of bytes decoded twice, such as Ã¼."""
    max_mean_word: float | None = None
    """Largest mean length of words: encoded data lies above."""
    max_dense_lines: float | None = None
    """Largest share of text in very long lines with hardly a space: minified code, encoded data."""
    max_repeated_lines: float | None = None
    """Largest share of text in lines of 16 characters and more that stand there before."""
    max_repeated_paragraphs: float | None = None
    """Largest share of text in paragraphs that stand there before."""
    max_repeated_ngrams: float | None = None
    """Largest share of runs of eight words that stand there before."""
    max_bulleted_lines: float | None = None
    """Largest share of lines that begin with a bullet."""
    max_cut_lines: float | None = None
    """Largest share of lines that end in an ellipsis."""
    min_stop_words: float | None = None
    """Least share of the commonest words of its language, where that is English or German."""
    max_generated: int | None = None
    """How many comments at the beginning may say that a program wrote the file."""
    max_boilerplate: float | None = None
    """Largest share of a short page that phrases such as `enable JavaScript` account for."""
    max_lorem_ipsum: float | None = None
    """Largest share of words that are filler text of designers."""

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, values: Any) -> Any:
        """What is not set comes from the base; a base that does not exist is told by its field."""
        if not isinstance(values, Mapping):
            return values
        base = values.get("base", "reference")
        known = THRESHOLDS.get(base, {}) if isinstance(base, str) else {}
        return {**known, **values}


_ALWAYS = {"min_characters": 1, "max_characters": 20_000_000, "max_damaged": 0.01}
_TEXT = _ALWAYS | {
    "max_dense_lines": 0.5, "max_boilerplate": 0.3, "max_lorem_ipsum": 0.3, "max_mean_word": 20.0,
}  # fmt: skip

THRESHOLDS: Mapping[str, Mapping[str, float]] = {
    "reference": _TEXT | {
        "min_letters": 0.25, "max_digits": 0.7, "max_symbols": 0.7, "max_repeated_lines": 0.85,
        "max_repeated_paragraphs": 0.85, "max_repeated_ngrams": 0.9,
    },
    "law": _TEXT | {
        "min_letters": 0.4, "max_digits": 0.5, "max_symbols": 0.4, "max_repeated_lines": 0.6,
        "max_repeated_paragraphs": 0.6, "max_repeated_ngrams": 0.75,
    },
    "code": _ALWAYS | {
        "min_letters": 0.25, "max_digits": 0.7, "max_symbols": 0.65, "max_dense_lines": 0.3,
        "max_repeated_lines": 0.85, "max_repeated_ngrams": 0.9, "max_generated": 0, "max_lorem_ipsum": 0.3,
    },
    "prose": _TEXT | {
        "min_words": 50, "min_letters": 0.7, "max_digits": 0.2, "max_symbols": 0.2, "max_mean_word": 12.0,
        "max_repeated_lines": 0.3, "max_repeated_paragraphs": 0.3, "max_repeated_ngrams": 0.4,
        "max_bulleted_lines": 0.9, "max_cut_lines": 0.3, "min_stop_words": 0.08,
    },
    "qa": _TEXT | {
        "min_words": 5, "min_letters": 0.3, "max_symbols": 0.6, "max_repeated_lines": 0.7,
        "max_repeated_ngrams": 0.7,
    },
    "none": {"min_characters": 1},
}  # fmt: skip
"""Profile → its thresholds; rules that are not named do not apply."""
