"""Tokenised episodes for people to look at: each token with its text, segment, position, mask and weight."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mypt.conversation.roles import ROLES, roles_of, tag_numbers
from mypt.conversation.special_tokens import get_tags_by_id, is_text, spell_out
from mypt.dataset.episode_rows import EpisodeRows
from mypt.errors import InputError
from mypt.pages.html import render_page, visible
from mypt.provenance.manifest import read_manifest
from mypt.tokenizer.registry import load_tokenizer
from mypt.tokenizer.tokenizer import Tokenizer

_RULES = {
    "masked": "color: var(--muted);",
    "learned": "background: color-mix(in srgb, var(--series-3) 25%, transparent);",
    "heavy": "background: color-mix(in srgb, var(--series-2) 40%, transparent);",
    "tag": "font-weight: 700;",
}


@dataclass(frozen=True)
class ShownToken:
    """One token of an episode."""

    id: int
    text: str
    """Line breaks, control characters and parts of characters are escaped: every sign has a shape."""
    is_tag: bool
    role: str
    """The block it stands in, one of `ROLES`."""
    position: int
    weight: float
    """How much it counts as a target; 0 is masked."""

    @property
    def mask(self) -> int:
        """Return 1 where it is learned."""
        return int(self.weight > 0)

    @property
    def style(self) -> str:
        """Return how it is drawn: `masked`, `learned`, or `heavy` where it counts more than text."""
        return "heavy" if self.weight > 1 else "learned" if self.weight > 0 else "masked"


@dataclass(frozen=True)
class ShownEpisode:
    """One episode, and where it lies."""

    number: int
    row: int
    segment: int
    """Its place among the episodes of its row."""
    tokens: tuple[ShownToken, ...]

    @property
    def title(self) -> str:
        """Return what it is, in one line."""
        learned = sum(token.mask for token in self.tokens)
        place = f"row {self.row}, segment {self.segment}: episode {self.number}"
        return f"{place}, {len(self.tokens)} tokens, {learned} learned"


def show_episodes(
    folder: Path, split: str, rows: Sequence[int] = (), episodes: Sequence[int] = ()
) -> list[ShownEpisode]:
    """Return all episodes of some rows, then some episodes alone; InputError for a number there is not."""
    opened = EpisodeRows.open(folder, split, int(read_manifest(folder).counts["row_tokens"]))
    for name, numbers, count in (("row", rows, opened.n_rows), ("episode", episodes, opened.n_episodes)):
        for number in numbers:
            if not 0 <= number < count:
                raise InputError(f"{folder}: its {split} split has {name}s 0 to {count - 1}, not {number}")
    chosen = [number for row in rows for number in opened.episodes_of(row).tolist()]
    tokenizer = load_tokenizer(folder)
    return [_shown(opened, number, tokenizer) for number in [*chosen, *episodes]]


def episodes_page(title: str, episodes: Sequence[ShownEpisode]) -> str:
    """Return the page of episodes, which needs nothing else and runs nothing; their text is never markup."""
    return render_page(Path(__file__).parent, rules=[_RULES], title=title, episodes=episodes)


def _shown(rows: EpisodeRows, number: int, tokenizer: Tokenizer) -> ShownEpisode:
    own = slice(rows.starts[number], rows.starts[number] + rows.lengths[number])
    ids, weights = rows.tokens[own].astype(np.int64), rows.weights[own].tolist()
    roles = roles_of(tag_numbers(ids, tokenizer.base_vocab_size), np.zeros(1, dtype=np.int64))
    tags = get_tags_by_id(tokenizer.base_vocab_size)
    place = int(np.flatnonzero(rows.packed == number)[0])
    row = int(np.searchsorted(rows.row_starts, place, side="right")) - 1
    values = enumerate(zip(ids.tolist(), roles.tolist(), weights, strict=True))
    tokens = tuple(
        ShownToken(token, _text(token, tokenizer), token in tags, ROLES[role], position, weight)
        for position, (token, role, weight) in values
    )
    return ShownEpisode(number, row, place - int(rows.row_starts[row]), tokens)


def _text(token: int, tokenizer: Tokenizer) -> str:
    """Return the token's text with nothing in it that a terminal or page would obey."""
    if not is_text(token, tokenizer):
        return spell_out([token], tokenizer)
    text = tokenizer.decode_bytes([token]).decode("utf-8", errors="backslashreplace")
    return visible(text).replace("\n", "\\n")
