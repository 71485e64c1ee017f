"""Plain text stays as it is, but for one form of each character."""

from mypt.documents.characters import normalise_characters
from mypt.documents.raw_file import RawFile


class PlainText:
    """Text files."""

    name = "text"
    version = "1"
    reads_neighbours = False

    def to_text(self, file: RawFile) -> str:
        """Return the text with its lines, indentation and blank lines untouched."""
        return normalise_characters(file.text)
