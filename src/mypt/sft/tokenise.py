"""Episodes become packed rows of ids: rendered, fitted into rows, written with what is learned of them."""

import logging
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from mypt.config import Section, fingerprint
from mypt.conversation.bulk_render import RenderedMany, render_many
from mypt.conversation.episode import Episode, Message, obstacles
from mypt.conversation.roles import ROLES, roles_of, tag_numbers
from mypt.conversation.special_tokens import model_vocab_size
from mypt.dataset.episode_shards import EpisodeWriter, episode_writer
from mypt.dataset.packing import PackingStats, group_by_field
from mypt.dataset.token_shards import dtype_name
from mypt.errors import InputError
from mypt.execution.runner import Progress
from mypt.provenance.artifact import Artifact, find, open_artifact, staged
from mypt.sft.episode_files import SPLITS, Row, batches, read_rows, split_path
from mypt.tokenizer.registry import save_tokenizer
from mypt.tokenizer.tokenizer import Tokenizer

log = logging.getLogger(__name__)

_CHUNK = 500
"""Rows at a time: enough for texts to come again, few enough to stay in the processor's cache."""


class TokeniseSection(Section):
    """How episodes become rows."""

    row_tokens: Annotated[int, Field(gt=1)] = 1024
    """Targets that a row has room for; a row may be longer than the model's block, its episodes may not."""
    episode_tokens: Annotated[int, Field(gt=1)] | None = None
    """Most targets of an episode: the model's block size, where rows are longer than that."""
    weighted_mask: bool = True
    """Whether to write the protocol's weights; without them everything learned counts alike."""
    on_long: Literal["drop", "split"] = "drop"
    """What becomes of an episode that is too long: it is never cut inside a turn."""
    group_by: Annotated[str, Field(min_length=1)] | None = None
    """A field of episodes, such as `language` or `meta.operator`: only those alike in it share a row."""

    @property
    def most_places(self) -> int:
        """Return how many targets an episode may have."""
        return min(self.row_tokens, self.episode_tokens or self.row_tokens)


def tokenise(
    episodes: Artifact,
    settings: TokeniseSection,
    tokenizer: Tokenizer,
    out: Path,
    *,
    replace: bool = False,
    progress: Progress | None = None,
) -> Artifact:
    """Return the episode dataset made of episodes, or the one that was made of them before.

    Raises InputError naming the line that is no episode, or when none is left to learn from.
    """
    sources = {"tokenizer": fingerprint(tokenizer.to_json())}
    if found := find(out, "episode_dataset", settings, [episodes], sources, replace=replace):
        return found
    with staged(out, "episode_dataset", settings, [episodes], sources, replace=replace) as draft:
        dtype = dtype_name(model_vocab_size(tokenizer))
        draft.counts = {"dtype": dtype, "row_tokens": settings.row_tokens}
        draft.licences = dict(episodes.manifest.licences)
        save_tokenizer(draft.path, tokenizer)
        rows = {split: read_rows(episodes.path, split) for split in SPLITS}
        total, done = sum(_n_lines(split_path(episodes.path, split)) for split in SPLITS), 0
        for split in SPLITS:
            folder = draft.path / split
            with episode_writer(folder, dtype, has_weights=settings.weighted_mask) as writer:
                work = _Split(settings, tokenizer, writer)
                for chunk in batches(rows[split], _CHUNK):
                    work.add([numbered.row for numbered in chunk])
                    done += len(chunk)
                    if progress:
                        progress(done, total)
            draft.counts[split] = work.finish(split)
        if not draft.counts["train"]["supervised_tokens"]:
            raise InputError(f"{episodes.path}: its train split holds nothing to learn that fits into a row")
    return open_artifact(out, "episode_dataset")


def split_at_turns(episode: Episode, row_tokens: int, tokenizer: Tokenizer) -> list[Episode]:
    """Return runs of whole turns that each fit into a row, with the system text in each.

    A turn that is too long alone is left out, and so is a run whose answers cite what only an earlier
    one has shown.
    """
    turns = _turns(episode.messages)
    alone = [episode.model_copy(update={"system": None, "messages": turn}) for turn in turns]
    n_tokens = np.diff(render_many(alone, tokenizer).starts)
    n_system = len(render_many([episode], tokenizer).ids) - n_tokens.sum()
    runs: list[tuple[Message, ...]] = []
    used = room = row_tokens + 1 - n_system  # one more than a row has targets
    for turn, length in zip(turns, n_tokens.tolist(), strict=True):
        if length > room:
            used = room
        elif used + length <= room:
            runs[-1] += turn
            used += length
        else:
            runs.append(turn)
            used = length
    pieces = [episode.model_copy(update={"messages": run}) for run in runs]
    return [piece for piece in pieces if not any(obstacles(piece))]


def _turns(messages: tuple[Message, ...]) -> list[tuple[Message, ...]]:
    starts = [number for number, message in enumerate(messages) if message.role == "user"]
    ends = [*starts[1:], len(messages)]
    return [messages[start:end] for start, end in zip(starts, ends, strict=True)]


class _Split:
    """Fits the rows of one split, writes them and counts."""

    def __init__(self, settings: TokeniseSection, tokenizer: Tokenizer, writer: EpisodeWriter) -> None:
        self._settings = settings
        self._tokenizer = tokenizer
        self._writer = writer
        self._fields: list[object] = []
        self._counts: Counter[str] = Counter()
        self._by_role = np.zeros(len(ROLES), dtype=np.int64)

    def add(self, rows: list[Row]) -> None:
        """Write rows, each whole, or in pieces that are whole turns, or not at all."""
        many = render_many(rows, self._tokenizer)
        places = np.diff(many.starts) - 1
        if not ((places > 0) & (places <= self._settings.most_places)).all():
            rows = [
                fitted for row, n in zip(rows, places.tolist(), strict=True) for fitted in self._fit(row, n)
            ]
            many = render_many(rows, self._tokenizer)
        self._writer.append(many)
        self._count(many)
        if self._settings.group_by:
            self._fields += [_field(row, self._settings.group_by) for row in rows]

    def _fit(self, row: Row, n_places: int) -> list[Row]:
        """Return what is learned of a row; text of a single token predicts nothing."""
        if 0 < n_places <= self._settings.most_places:
            return [row]
        pieces: list[Row] = []
        if self._settings.on_long == "split" and isinstance(row, Episode):
            pieces += split_at_turns(row, self._settings.most_places, self._tokenizer)
        self._counts["split" if pieces else "dropped"] += 1
        return pieces

    def _count(self, many: RenderedMany) -> None:
        is_learned = many.mask.copy()
        is_learned[many.starts[:-1]] = 0
        roles = roles_of(tag_numbers(many.ids, self._tokenizer.base_vocab_size), many.starts[:-1])
        self._by_role += np.bincount(roles[is_learned > 0], minlength=len(ROLES))
        self._counts["tokens"] += len(many.ids)

    def finish(self, split: str) -> dict[str, Any]:
        """Pack what was written, and return the counts for the manifest."""
        groups = group_by_field(self._fields) if self._settings.group_by else None
        stats = self._writer.pack(self._settings.row_tokens, groups)
        if self._counts["dropped"] + self._counts["split"]:
            log.warning(
                "%s: of the episodes that are too long, %d were dropped and %d split at turns",
                split, self._counts["dropped"], self._counts["split"],
            )  # fmt: skip
        return self._summary(stats)

    def _summary(self, stats: PackingStats) -> dict[str, Any]:
        by_role = {role: int(n) for role, n in zip(ROLES, self._by_role, strict=True) if n}
        return {
            "rows": stats.n_rows,
            "episodes": stats.n_episodes,
            "tokens": self._counts["tokens"],
            "supervised_tokens": sum(by_role.values()),
            "supervised_by_role": by_role,
            "fill": round(stats.fill, 6),
            "best_fill": round(stats.best_fill, 6),
            "dropped": self._counts["dropped"],
            "split": self._counts["split"],
        }


def _field(row: Row, name: str) -> object:
    """Return the value of a field such as `meta.operator`; None where a row has none."""
    value: Any = row.model_dump(include={name.partition(".")[0]})
    for key in name.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _n_lines(path: Path) -> int:
    if not path.is_file():
        return 0
    with path.open("rb") as file:
        return sum(1 for _ in file)
