"""Whether tokenised episodes are what the protocol says, told from the arrays alone, not by the renderer."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Int64, Integer, UInt8

from mypt.conversation.roles import ROLES, last_tags, roles_of, tag_numbers
from mypt.conversation.special_tokens import TAG_WEIGHTS, TEXT_WEIGHT, Tag
from mypt.dataset.episode_rows import EPISODES_NAME, MASK_NAME, EpisodeRows
from mypt.errors import ArtifactError, ManifestMismatch
from mypt.provenance.manifest import read_manifest
from mypt.sft.episode_files import SPLITS
from mypt.sft.phases import known_tags
from mypt.tokenizer.registry import load_tokenizer

_CHUNK = 2**20  # tokens at a time
_N_SHOWN = 3

_TAGS = tuple(Tag)
_NUMBER = {tag: number for number, tag in enumerate(_TAGS)}
_EDGE = len(_TAGS)  # before the first tag of an episode
_MODEL_ROLES = ("assistant", "think", "cite", "toolcall", "turn_end")

_NEXT: Mapping[Tag | None, Mapping[Tag, bool]] = {
    None: {Tag.SYSTEM_OPEN: False, Tag.USER_OPEN: False},
    Tag.SYSTEM_OPEN: {Tag.SYSTEM_CLOSE: True},
    Tag.SYSTEM_CLOSE: {Tag.USER_OPEN: False},
    Tag.USER_OPEN: {Tag.USER_CONTEXT_OPEN: False, Tag.USER_CLOSE: True},
    Tag.USER_CONTEXT_OPEN: {Tag.USER_CONTEXT_CLOSE: True},
    Tag.USER_CONTEXT_CLOSE: {Tag.USER_CLOSE: True},
    Tag.USER_CLOSE: {Tag.ASSISTANT_CONTEXT_OPEN: False, Tag.ASSISTANT_OPEN: False},
    Tag.ASSISTANT_CONTEXT_OPEN: {Tag.ASSISTANT_CONTEXT_CLOSE: True},
    Tag.ASSISTANT_CONTEXT_CLOSE: {Tag.ASSISTANT_OPEN: False},
    Tag.ASSISTANT_OPEN: {
        Tag.THINK_OPEN: False, Tag.TOOLCALL_OPEN: False, Tag.CITE_OPEN: True, Tag.ASSISTANT_CLOSE: True,
    },
    Tag.THINK_OPEN: {Tag.THINK_CLOSE: True},
    Tag.THINK_CLOSE: {Tag.TOOLCALL_OPEN: False, Tag.CITE_OPEN: True, Tag.ASSISTANT_CLOSE: True},
    Tag.CITE_OPEN: {Tag.CITE_CLOSE: True},
    Tag.CITE_CLOSE: {Tag.CITE_OPEN: False, Tag.ASSISTANT_CLOSE: False},
    Tag.TOOLCALL_OPEN: {Tag.TOOLCALL_CLOSE: True},
    Tag.TOOLCALL_CLOSE: {Tag.ASSISTANT_CLOSE: False},
    Tag.ASSISTANT_CLOSE: {Tag.TOOLRESULT_OPEN: False, Tag.END_OF_TURN: False},
    Tag.TOOLRESULT_OPEN: {Tag.TOOLRESULT_CLOSE: True},
    Tag.TOOLRESULT_CLOSE: {Tag.ASSISTANT_OPEN: False},
    Tag.END_OF_TURN: {Tag.USER_OPEN: False},
}  # fmt: skip
"""Tag → the tags that may follow it, and whether there is text between the two; None is the beginning."""

Marks = Bool[np.ndarray, " ids"]


@dataclass(frozen=True)
class Finding:
    """Something that must not be in a dataset to learn from."""

    split: str
    problem: str
    count: int
    """How many tokens, or episodes, have it."""
    examples: tuple[tuple[int, int], ...]
    """Episode and position in it, of the first few."""

    def __str__(self) -> str:
        places = ", ".join(f"episode {episode} position {place}" for episode, place in self.examples)
        return f"{self.split}: {self.problem}: {self.count:,} times, first in {places}"


@dataclass(frozen=True, eq=False)
class Arrays:
    """Whole episodes, one behind the other."""

    ids: Integer[np.ndarray, " ids"]
    weights: Float[np.ndarray, " ids"] | UInt8[np.ndarray, " ids"]
    """The protocol's, or 1 for everything learned."""
    mask: UInt8[np.ndarray, " ids"]
    starts: Int64[np.ndarray, " episodes"]


def check(folder: Path, phase: int | None = None) -> list[Finding]:
    """Return what is wrong in an episode dataset; with a phase, tags that it does not know are wrong too.

    Raises ManifestMismatch when its files do not belong together.
    """
    allowed = None if phase is None else known_tags(phase)
    row_tokens = int(read_manifest(folder).counts["row_tokens"])
    base_vocab_size = load_tokenizer(folder).base_vocab_size
    findings: list[Finding] = []
    for split in SPLITS:
        index = folder / split / EPISODES_NAME
        if index.is_file() and index.stat().st_size == 0:
            continue
        rows = EpisodeRows.open(folder, split, row_tokens)
        findings += _check_split(split, rows, folder / split / MASK_NAME, base_vocab_size, allowed)
        findings += _check_calls(split, rows, base_vocab_size)
    return findings


def require_sound(folder: Path, phase: int | None = None) -> None:
    """Raise ArtifactError that lists what is wrong in an episode dataset, where anything is."""
    findings = check(folder, phase)
    if findings:
        first = findings[0]
        raise ArtifactError(
            "\n  ".join([f"{folder}: not to be learned from:", *map(str, findings)]),
            hint=f"look at it: mypt sft show {folder} --episode {first.examples[0][0]} --split {first.split}",
        )


def _check_split(
    split: str, rows: EpisodeRows, mask_path: Path, base_vocab_size: int, allowed: Collection[Tag] | None
) -> Iterator[Finding]:
    counts: Counter[str] = Counter()
    examples: dict[str, list[tuple[int, int]]] = {}
    for first, arrays in _chunks(rows, mask_path):
        for problem, marks in find_problems(arrays, base_vocab_size, allowed).items():
            places = np.flatnonzero(marks)
            counts[problem] += len(places)
            shown = examples.setdefault(problem, [])
            shown += [_where(arrays, first, place) for place in places[: _N_SHOWN - len(shown)].tolist()]
    for problem, count in counts.items():
        if count:
            yield Finding(split, problem, count, tuple(examples[problem]))


def _check_calls(split: str, rows: EpisodeRows, base_vocab_size: int) -> Iterator[Finding]:
    """Find calls of which none is learned: one is a wrong call that is shown, all are a wrong mask."""
    calls = np.flatnonzero(rows.tokens == base_vocab_size + _NUMBER[Tag.TOOLCALL_OPEN])
    if len(calls) and not rows.weights[calls].any():
        episode = int(np.searchsorted(rows.starts, calls[0], side="right")) - 1
        example = (episode, int(calls[0] - rows.starts[episode]))
        yield Finding(split, "tool call, and none in the whole split is learned", len(calls), (example,))


def _where(arrays: Arrays, first_episode: int, place: int) -> tuple[int, int]:
    episode = int(np.searchsorted(arrays.starts, place, side="right")) - 1
    return first_episode + episode, place - int(arrays.starts[episode])


def _chunks(rows: EpisodeRows, mask_path: Path) -> Iterator[tuple[int, Arrays]]:
    """Yield whole episodes, some of them at a time, and the number of the first."""
    mask = np.fromfile(mask_path, dtype=np.uint8)
    if len(mask) != len(rows.tokens):
        raise ManifestMismatch(f"{mask_path}: {len(mask)} values for {len(rows.tokens)} tokens")
    first, ends = 0, rows.starts + rows.lengths
    while first < rows.n_episodes:
        stop = max(first + 1, int(np.searchsorted(ends, rows.starts[first] + _CHUNK, side="right")))
        own = slice(rows.starts[first], ends[stop - 1])
        starts = rows.starts[first:stop] - rows.starts[first]
        yield first, Arrays(rows.tokens[own], rows.weights[own], mask[own], starts)
        first = stop


def find_problems(
    arrays: Arrays, base_vocab_size: int, allowed: Collection[Tag] | None = None
) -> dict[str, Marks]:
    """Return by problem the tokens that have it; problems of whole episodes mark its first token."""
    tags = tag_numbers(arrays.ids, base_vocab_size)
    roles = roles_of(tags, arrays.starts)
    expected = _expected_weights(arrays, tags, roles)
    is_first = np.zeros(len(tags), dtype=bool)
    is_first[arrays.starts] = True
    learned = arrays.weights > 0
    n_learned = np.add.reduceat(learned & ~is_first, arrays.starts)
    problems = {
        "id that no token has": (arrays.ids >= base_vocab_size + len(_TAGS))
        | (arrays.ids == base_vocab_size - 1),
        "first token of an episode with weight": is_first & learned,
        "episode with nothing to learn": _of_episodes(n_learned == 0, arrays),
        "mask and weight that disagree": (arrays.mask > 0) != learned,
        **_wrong_weights(arrays, roles, expected),
        **_broken_structure(arrays, tags),
    }
    if allowed is not None:
        is_known = np.array([*(tag in allowed for tag in _TAGS), True])  # the last is no tag
        problems["tag that the phase does not know"] = ~is_known[tags]
    return problems


def _expected_weights(
    arrays: Arrays, tags: Int64[np.ndarray, " ids"], roles: UInt8[np.ndarray, " ids"]
) -> Float[np.ndarray, " ids"]:
    """Return the weights of the protocol.

    A call that is shown and not learned has none. It is told by its whole block having none: the
    block holds a call, so it is not the one that ends the turn, which is always learned.
    """
    of_text = np.array([TEXT_WEIGHT * (role in (*_MODEL_ROLES, "replay")) for role in ROLES])
    of_tag = np.array([*(TAG_WEIGHTS.get(tag, 0.0) for tag in _TAGS), 0.0])
    expected = np.where(tags >= 0, of_tag[tags], of_text[roles])
    blocks = np.cumsum(tags == _NUMBER[Tag.ASSISTANT_OPEN])
    is_models = _is_role(roles, *_MODEL_ROLES)
    has_call = np.bincount(blocks, tags == _NUMBER[Tag.TOOLCALL_OPEN]) > 0
    is_learned = np.bincount(blocks, (arrays.weights > 0) & is_models) > 0
    expected[is_models & (has_call & ~is_learned)[blocks]] = 0
    expected[arrays.starts] = 0
    return expected if arrays.weights.dtype.kind == "f" else (expected > 0).astype(np.float64)


def _wrong_weights(
    arrays: Arrays, roles: UInt8[np.ndarray, " ids"], expected: Float[np.ndarray, " ids"]
) -> dict[str, Marks]:
    wrong, learned = arrays.weights != expected, arrays.weights > 0
    system_roles = ("system", "user", "user_context", "assistant_context", "toolresult")
    problems = {
        f"supervised token of {role}": wrong & learned & _is_role(roles, role) for role in system_roles
    }
    ends = wrong & ~learned & _is_role(roles, "turn_end")
    others = wrong & ~ends & ~np.logical_or.reduce(list(problems.values()))
    return {
        **problems,
        "unsupervised turn end": ends,
        "unsupervised token of the model": others & ~learned,
        "weight that is not the protocol's": others & learned,
    }


def _broken_structure(arrays: Arrays, tags: Int64[np.ndarray, " ids"]) -> dict[str, Marks]:
    """Look at each tag with the next one: which may follow which, and where text stands."""
    ends = np.append(arrays.starts[1:], len(tags)) - 1
    has_tags = np.maximum.reduceat(tags, arrays.starts) >= 0
    last = last_tags(tags, arrays.starts)
    is_cut = has_tags & (tags[ends] != _NUMBER[Tag.END_OF_TURN])
    places = np.flatnonzero(tags >= 0)
    now = tags[places]
    episode = np.searchsorted(arrays.starts, places, side="right") - 1
    joins = np.diff(episode, prepend=-1) == 0
    before = np.where(joins, np.roll(now, 1), _EDGE)
    gap = np.where(joins, np.diff(places, prepend=0), places - arrays.starts[episode] + 1) > 1
    is_odd = _ALLOWED[before, now] != gap.astype(np.int64)
    second = np.roll(before, 1)
    after_block = (before == _NUMBER[Tag.ASSISTANT_CLOSE]) & joins
    is_step = second == _NUMBER[Tag.TOOLCALL_CLOSE]
    is_odd |= after_block & (is_step != (now == _NUMBER[Tag.TOOLRESULT_OPEN]))
    marks = np.zeros(len(tags), dtype=bool)
    marks[places[is_odd]] = True
    text_after_end = (tags < 0) & (last == _NUMBER[Tag.END_OF_TURN])
    return {
        "turn that is cut: no end of turn at the end of its episode": _of_episodes(is_cut, arrays),
        "tag or text where the grammar has none": marks | text_after_end,
    }


def _allowed_pairs() -> Int64[np.ndarray, "before now"]:
    """Return by pair of tags: 0 for no text between them, 1 for text, -1 when they may not follow."""
    table = np.full((len(_TAGS) + 1, len(_TAGS) + 1), -1, dtype=np.int64)
    for tag, following in _NEXT.items():
        for other, has_text in following.items():
            table[_EDGE if tag is None else _NUMBER[tag], _EDGE if other is None else _NUMBER[other]] = (
                has_text
            )
    return table


_ALLOWED = _allowed_pairs()


def _is_role(roles: UInt8[np.ndarray, " ids"], *names: str) -> Marks:
    return np.array([role in names for role in ROLES])[roles]


def _of_episodes(chosen: Bool[np.ndarray, " episodes"], arrays: Arrays) -> Marks:
    marks = np.zeros(len(arrays.ids), dtype=bool)
    marks[arrays.starts[chosen]] = True
    return marks
