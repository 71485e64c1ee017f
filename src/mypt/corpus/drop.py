"""A file that did not become a document, and why."""

from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias, get_args

from mypt.documents.raw_file import UnreadableReason

Reason: TypeAlias = Literal[UnreadableReason, "empty", "duplicate"]

UNREADABLE: frozenset[Reason] = frozenset(get_args(UnreadableReason))
"""What a recipe may call an error; the other reasons are no fault of the file."""


@dataclass(frozen=True)
class Drop:
    """One file that was left out."""

    id: str
    """The id that its document would have."""
    reason: Reason
    detail: str = ""
    """What was found, and where in the file."""

    def to_row(self) -> dict[str, str]:
        """Return the row of `dropped.jsonl`."""
        return asdict(self)
