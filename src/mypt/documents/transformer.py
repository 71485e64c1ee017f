"""How a format becomes plain text: the seam that every format fills."""

from typing import Protocol

from mypt.documents.raw_file import RawFile


class Transformer(Protocol):
    """One format that can be read."""

    @property
    def name(self) -> str:
        """Return the name that recipes and audit rows call it by."""

    @property
    def version(self) -> str:
        """Return what must change when the text of the same file changes: our own count, libraries, tools."""

    @property
    def reads_neighbours(self) -> bool:
        """Return whether the text depends on other files of the source too."""

    def to_text(self, file: RawFile) -> str:
        """Return a file's content as text for people to read, with one form for each character.

        Raises Unreadable for a file that has none, and InputError when a tool is missing that it needs.
        """
