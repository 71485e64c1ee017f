"""How a format becomes plain text, and which file suffix has which format."""

from typing import Protocol

from mypt.documents.markdown import Markdown
from mypt.documents.plain_text import PlainText


class Transformer(Protocol):
    """One format that can be read."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Return the file suffixes of the format, in lower case, with their dot."""

    def to_text(self, raw: str) -> str:
        """Return a file's content as text for people to read, with one form for each character."""


_MARKDOWN = Markdown()
_PLAIN_TEXT = PlainText()

BY_SUFFIX: dict[str, Transformer] = {
    ".md": _MARKDOWN,
    ".markdown": _MARKDOWN,
    ".txt": _PLAIN_TEXT,
    ".text": _PLAIN_TEXT,
}
