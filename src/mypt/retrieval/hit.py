"""One passage that was found, and what for."""

from collections.abc import Mapping
from dataclasses import dataclass

from mypt.workspace.rows import PassageRow


@dataclass(frozen=True)
class Hit:
    """A passage with its score and what the score is made of."""

    passage: PassageRow
    title: str
    """The title of its document."""
    score: float
    parts: Mapping[str, float]
    """By method: similarity of each embedder by its name, `keyword`, `coverage`."""
    matches: tuple[tuple[int, int], ...]
    """Half-open spans of characters in the passage that match words of the query."""
