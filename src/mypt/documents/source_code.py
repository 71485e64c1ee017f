"""Source code stays as it is, to the letter, but for one form of line ends."""

from mypt.documents.raw_file import RawFile


class SourceCode:
    """Files of any programming language; characters are not normalised, for code may depend on them."""

    name = "code"
    version = "1"
    reads_neighbours = False

    def to_text(self, file: RawFile) -> str:
        """Return the text with line feeds and without a byte order mark."""
        return file.text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
