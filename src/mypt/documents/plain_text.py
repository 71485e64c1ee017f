"""Plain text stays as it is, but for one form of each character."""

from mypt.documents.characters import normalise_characters


class PlainText:
    """Text files."""

    suffixes = (".txt", ".text")

    def to_text(self, raw: str) -> str:
        """Return the text with its lines, indentation and blank lines untouched."""
        return normalise_characters(raw)
