"""Names and titles from outside, made harmless: one line, nothing that only a machine sees."""

import unicodedata

_MARKDOWN = str.maketrans(
    {character: f"\\{character}" for character in "\\`*_[]|~#"} | {"<": "&lt;", "&": "&amp;"}
)


def one_line(text: str) -> str:
    """Return a text on one line, without control characters and marks that change the reading order."""
    visible = (" " if _is_hidden(character) else character for character in text)
    return " ".join("".join(visible).split())


def markdown(text: str) -> str:
    """Return a text as Markdown that shows it and does nothing else, in a table too."""
    return one_line(text).translate(_MARKDOWN)


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Co", "Cn", "Zl", "Zp")
