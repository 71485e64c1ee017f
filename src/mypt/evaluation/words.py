"""Texts as words, for comparisons that case, spacing and punctuation do not decide."""

import re
import unicodedata

_WORD = re.compile(r"(?<!\w)-?\d+(?:[.,:/]\d+)*(?!\w)|\w+")
"""A number is one word with its sign and its decimals, so that 12 does not stand in 12.5."""
_APOSTROPHES = str.maketrans("", "", "'\u2019\u02bc`")


def words(text: str) -> list[str]:
    """Return the words of a text without case; `don't` is one word, whatever its apostrophe."""
    plain = unicodedata.normalize("NFC", text).translate(_APOSTROPHES)
    return _WORD.findall(plain.casefold())


def joined(text: str) -> str:
    """Return the words of a text with a space before and behind each, so that `in` finds whole words only."""
    return f" {' '.join(words(text))} "


def holds(text: str, phrase: str) -> bool:
    """Say whether a phrase stands in a text word for word; one without words is looked for as it is."""
    return joined(phrase) in joined(text) if words(phrase) else phrase in text


def holds_all_words(text: str, phrase: str) -> bool:
    """Say whether each word of a phrase stands somewhere in a text; never true of a phrase without words."""
    wanted = set(words(phrase))
    return bool(wanted) and wanted <= set(words(text))
