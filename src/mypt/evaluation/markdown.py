"""Text of models and cases inside Markdown: on one line, and never markup."""

from mypt.pages.html import visible

_SIGNS = frozenset("\\`*_[]<>|#&")


def plain(text: str, limit: int = 300) -> str:
    """Return the beginning of a text with every sign escaped that Markdown or HTML would read."""
    line = visible(text, limit).replace("\n", " ")
    return "".join(f"\\{sign}" if sign in _SIGNS else sign for sign in line)
