"""What chat generators draw from: phrases and values by split, and the stream of episodes without repeats."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any, Literal
from zlib import crc32

from mypt.conversation.episode import Episode, Passage
from mypt.conversation.render import render
from mypt.conversation.system_prompts import CHAT_SYSTEM_PROMPTS
from mypt.errors import InputError
from mypt.seeds import derive_seed
from mypt.sft.diversity import digest_of
from mypt.sft.generator import GeneratorSettings, Split
from mypt.sft.phrase_lists import Phrases, phrase_lists, read_table
from mypt.sft.quotas import pattern_weights
from mypt.tokenizer.tokenizer import Tokenizer

Language = Literal["en", "de"]
Row = Any  # a row of a table, at JSON's edge

_LISTS = ("everyday_tasks", "chat", "multi_turn")
_HELD_OUT_EACH = 5
"""Each fifth row of a table is for validation alone."""
_PAYLOADS_HELD_OUT_EACH = 10
_TRIES = 300
_TAGS_PER_MESSAGE = 8
"""Most tags of a message: those of an answer with thoughts and two citations."""
_LONGEST_USUAL_SYSTEM = max(map(len, CHAT_SYSTEM_PROMPTS))


@dataclass(frozen=True)
class Turn:
    """What the user says and what the model answers, with what stands around both."""

    user: str
    answer: str
    think: str | None = None
    context: tuple[Passage, ...] = ()
    cite: tuple[str, ...] = ()
    assistant_context: str | None = None

    def messages(self) -> Iterator[Mapping[str, object]]:
        """Yield its messages in the order of the grammar, as values to be checked with their episode."""
        yield {"role": "user", "content": self.user, "context": self.context}
        if self.assistant_context is not None:
            yield {"role": "assistant_context", "content": self.assistant_context}
        yield {"role": "assistant", "content": self.answer, "think": self.think, "cite": self.cite}


@dataclass(frozen=True)
class Dialogue:
    """The turns of an episode; a dialogue without a system text of its own gets one of tier 2."""

    turns: Sequence[Turn]
    payload: str
    """The values that make it the one it is."""
    system: str | None = None

    def text(self) -> str:
        """Return all that is said in it, as it is looked for among other dialogues."""
        parts = [self.system or ""]
        for turn in self.turns:
            parts += (turn.user, turn.answer, turn.think or "", turn.assistant_context or "", *turn.cite)
            parts += [f"[{passage.id}] {passage.text}" for passage in turn.context]
        return "\n".join(parts)


@dataclass
class Draw:
    """The random choices of one episode, all of them from the part of the data that its split owns."""

    random: Random
    language: Language
    split: Split
    think_omit_ratio: float = 0.0
    templates: list[str] = field(default_factory=list)
    """The phrases used so far that one split alone has."""

    def phrase(self, name: str, /, **values: object) -> str:
        """Return a phrase of a list, filled in; lists named `…_train` and `…_val` are drawn from by split."""
        key, phrases = _phrases(name, self.split, self.language)
        number = int(self.random.random() * len(phrases))
        if key != name:
            self.templates.append(f"{key}-{self.language}-{number}")
        return phrases[number].format_map(values)

    def phrases(self, name: str) -> tuple[str, ...]:
        """Return a whole list in this language."""
        return _phrases(name, self.split, self.language)[1]

    def item(self, table: str) -> Row:
        """Return a row of a table."""
        rows = _rows(table, self.split)
        return rows[int(self.random.random() * len(rows))]

    def items(self, table: str, count: int) -> list[Row]:
        """Return that many different rows of a table."""
        return self.random.sample(_rows(table, self.split), count)

    def whole_table(self, table: str) -> Row:
        """Return a table of which nothing is held out, such as the months."""
        return _table(table)

    def text(self, table: str) -> str:
        """Return a row of a table that is a text for each language, in this one's."""
        return str(self.item(table)[self.language])

    def words(self, count: int) -> list[str]:
        """Return that many different nouns in the episode's language."""
        return [row[self.language] for row in self.items("words", count)]

    def happens(self, share: float) -> bool:
        """Say yes in this share of cases."""
        return self.random.random() < share

    def thoughts(self, text: str | None) -> str | None:
        """Return thoughts, or none where they are left out."""
        return None if self.happens(self.think_omit_ratio) else text

    def other_language(self) -> "Draw":
        """Return the same draw, going on in the other language."""
        other: Language = "de" if self.language == "en" else "en"
        return Draw(self.random, other, self.split, self.think_omit_ratio, self.templates)


Pattern = Callable[[Draw], Dialogue]


@dataclass(frozen=True)
class EpisodeStream:
    """The episodes of a generator whose patterns are functions of a draw."""

    settings: GeneratorSettings
    tokenizer: Tokenizer
    source: str
    phase: int
    patterns: Mapping[str, tuple[float, Pattern]]
    """Name → its weight, unless the settings give another, and how it is drawn."""

    def episodes(self, split: Split) -> Iterator[Episode]:
        """Yield the episodes of a split; InputError when no further one differs from all before."""
        own = {name: weight for name, (weight, _) in self.patterns.items()}
        weights = pattern_weights(self.settings, own)
        seen: set[bytes] = set()
        count = self.settings.count if split == "train" else self.settings.val_count
        for number in range(count):
            yield self._new_episode(split, number, weights, seen)

    def _new_episode(
        self, split: Split, number: int, weights: Mapping[str, float], seen: set[bytes]
    ) -> Episode:
        language = _language(number, self.settings.de_share)
        for attempt in range(_TRIES):
            seed = derive_seed(self.settings.seed, self.source, split, number, attempt)
            draw = Draw(Random(seed), language, split, self.settings.think_omit_ratio)  # noqa: S311
            pattern = draw.random.choices(tuple(weights), tuple(weights.values()))[0]
            dialogue = self.patterns[pattern][1](draw)
            if _owner(dialogue.payload) != split:
                continue
            text = dialogue.text()
            key = digest_of(text.casefold())
            if key not in seen:
                episode = self._episode(dialogue, draw, pattern)
                if self._fits(episode, len(text.encode())):
                    seen.add(key)
                    return episode
        raise InputError(
            f"{self.source}: after {number} {split} episodes no new one of at most "
            f"{self.settings.max_tokens} tokens was found in {_TRIES} tries",
            hint="ask for fewer, or allow more patterns or tokens",
        )

    def _episode(self, dialogue: Dialogue, draw: Draw, pattern: str) -> Episode:
        values = {
            "system": dialogue.system or draw.random.choice(CHAT_SYSTEM_PROMPTS),
            "messages": tuple(message for turn in dialogue.turns for message in turn.messages()),
            "language": draw.language,
            "source": self.source,
            "phase": self.phase,
            "meta": {"pattern": pattern, "template": "+".join(draw.templates), "payload": dialogue.payload},
        }
        return Episode.model_validate(values)

    def _fits(self, episode: Episode, n_bytes: int) -> bool:
        """Say whether an episode has no more tokens than it may; a token has at least one byte."""
        n_most = n_bytes + _LONGEST_USUAL_SYSTEM + _TAGS_PER_MESSAGE * len(episode.messages)
        limit = self.settings.max_tokens
        return n_most <= limit or len(render(episode, self.tokenizer).ids) <= limit


def capitalised(text: str) -> str:
    """Return a text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def _language(number: int, de_share: float) -> Language:
    """Spread German evenly, so that each beginning of the stream has its exact share."""
    before, after = (math.floor(count * de_share + 1e-9) for count in (number, number + 1))
    return "de" if after > before else "en"


@cache
def _phrases(name: str, split: Split, language: Language) -> tuple[str, tuple[str, ...]]:
    lists = _all_lists()
    key = name if name in lists else f"{name}_{split}"
    return key, lists[key][language]


@cache
def _all_lists() -> Mapping[str, Phrases]:
    return {key: phrases for name in _LISTS for key, phrases in phrase_lists(name).items()}


@cache
def _rows(table: str, split: Split) -> list[Row]:
    rows = _table(table)
    return [row for number, row in enumerate(rows) if (number % _HELD_OUT_EACH == 4) == (split == "val")]


@cache
def _table(name: str) -> Row:
    return _tables()[name]


@cache
def _tables() -> Row:
    return read_table("everyday")


def _owner(payload: str) -> Split:
    """Say which split a payload belongs to, so that the other one never has it."""
    return "val" if crc32(payload.encode()) % _PAYLOADS_HELD_OUT_EACH == 0 else "train"
