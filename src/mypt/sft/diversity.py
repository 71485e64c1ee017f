"""How different the episodes of a set are: n-grams, templates, duplicates, lengths, refusals."""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from mypt.config import Section
from mypt.conversation.bulk_render import render_many
from mypt.conversation.episode import AssistantMessage, Episode, Message, ToolCallMessage, UserMessage
from mypt.corpus.minhash import N_VALUES, NO_KEY, band_keys, rows_per_band, signatures
from mypt.documents.words import Texts, kernels, ngram_hashes
from mypt.evaluation.leaks import own_system
from mypt.evaluation.refusals import refusal_phrases
from mypt.evaluation.words import joined
from mypt.files import canonical_json
from mypt.sft.episode_files import NO_PATTERN, Row, batches
from mypt.tokenizer.tokenizer import Tokenizer

NEAR = 0.8
"""Jaccard index of word 5-grams from which two episodes are near-duplicates."""

_BATCH = 1024
_LONGEST_NGRAM = 4
# Signs of sentences, but no decimal point and no sign that calculates, encloses or joins.
_FOLDED = re.compile(r"[.,:;!?\u2026](?!\d)|[\"'\u201e\u201c\u201d\u201a\u2018\u2019\xab\xbb\u2039\u203a]")
_DIGITS = re.compile(r"\d+")


class Lengths(Section):
    """Lengths of episodes in tokens."""

    p50: int
    p95: int
    max: int


class Diversity(Section):
    """What a split of episodes is like; shares are of its episodes, without pretraining text."""

    episodes: int
    languages: dict[str, float]
    patterns: dict[str, float]
    distinct_in_questions: tuple[float, ...]
    """Of all runs of 1, 2, 3 and 4 words, the share that are different ones."""
    distinct_in_answers: tuple[float, ...]
    templates: int
    template_entropy: float | None
    """1 where all templates are used alike, 0 where one is used alone; none without templates."""
    duplicate_share: float
    """Say what an earlier one says, but for case, punctuation and digits."""
    near_duplicate_share: float
    """Share at least 0.8 of their word 5-grams with an earlier one, estimated by MinHash."""
    refusal_share: float
    tokens: Lengths

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield what it says for people, as names and values."""
        yield "episodes", f"{self.episodes:,}"
        yield "languages", _shares(self.languages)
        yield "patterns", _shares(self.patterns)
        for name, shares in (
            ("questions", self.distinct_in_questions),
            ("answers", self.distinct_in_answers),
        ):
            yield f"distinct 1- to 4-grams, {name}", " ".join(f"{share:.3f}" for share in shares)
        entropy = "none" if self.template_entropy is None else f"{self.template_entropy:.3f}"
        yield "templates, and their entropy", f"{self.templates:,}, {entropy}"
        yield "duplicates but for digits", f"{self.duplicate_share:.2%}"
        yield "near-duplicates", f"{self.near_duplicate_share:.2%}"
        yield "refusals", f"{self.refusal_share:.2%}"
        yield "tokens, p50 p95 max", f"{self.tokens.p50:,} {self.tokens.p95:,} {self.tokens.max:,}"


def measure_diversity(rows: Iterable[Row], tokenizer: Tokenizer) -> Diversity:
    """Return what rows are like."""
    meter = DiversityMeter(tokenizer)
    for _ in meter.watched(rows):
        pass
    return meter.result()


class DiversityMeter:
    """Looks at episodes as they pass, and keeps only their questions and answers."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._questions: list[str] = []
        self._answers: list[str] = []
        self._seen: set[bytes] = set()
        self._n_refusals = 0
        self._counts: dict[str, Counter[str]] = {
            name: Counter() for name in ("language", "pattern", "template", "payload")
        }
        self._lengths: list[NDArray[np.int64]] = [np.zeros(0, dtype=np.int64)]

    def watched(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows, and look at each."""
        for batch in batches(rows, _BATCH):
            episodes = [row for row in batch if isinstance(row, Episode)]
            self._lengths.append(np.diff(render_many(episodes, self._tokenizer).starts))
            for episode in episodes:
                self._add(episode)
            yield from batch

    def named(self, key: str) -> frozenset[str]:
        """Return the different values that `template` or `payload` has in the meta of the episodes."""
        return frozenset(self._counts[key])

    def result(self) -> Diversity:
        """Return what the episodes are like that were seen so far."""
        n = max(1, len(self._questions))
        lengths = np.sort(np.concatenate(self._lengths))
        questions = Texts.from_strings(map(normalised, self._questions))
        answers = Texts.from_strings(map(normalised, self._answers))
        return Diversity(
            episodes=len(self._questions),
            languages={name: count / n for name, count in sorted(self._counts["language"].items())},
            patterns={name: count / n for name, count in sorted(self._counts["pattern"].items())},
            distinct_in_questions=_distinct(questions),
            distinct_in_answers=_distinct(answers),
            templates=len(self._counts["template"]),
            template_entropy=normalised_entropy(list(self._counts["template"].values())),
            duplicate_share=(len(self._questions) - len(self._seen)) / n,
            near_duplicate_share=near_duplicates(self._whole()) / n,
            refusal_share=self._n_refusals / n,
            tokens=Lengths(p50=_at(lengths, 0.5), p95=_at(lengths, 0.95), max=_at(lengths, 1.0)),
        )

    def _add(self, episode: Episode) -> None:
        answers = [m.content for m in episode.messages if isinstance(m, AssistantMessage)]
        self._questions.append("\n".join(m.content for m in episode.messages if isinstance(m, UserMessage)))
        self._answers.append("\n".join(answers))
        self._seen.add(digest_of(_DIGITS.sub("0", normal_form(episode))))
        self._n_refusals += _holds_refusal(answers)
        self._counts["language"][episode.language] += 1
        self._counts["pattern"][str(episode.meta.get("pattern", NO_PATTERN))] += 1
        for name in ("template", "payload"):
            if episode.meta.get(name) is not None:
                self._counts[name][str(episode.meta[name])] += 1

    def _whole(self) -> list[str]:
        pairs = zip(self._questions, self._answers, strict=True)
        return [normalised(f"{question}\n{answer}") for question, answer in pairs]


def normalised(text: str) -> str:
    """Return a text without case, signs of sentences and quotes, and with single spaces."""
    return " ".join(_FOLDED.sub(" ", text.casefold()).split())


def normal_form(episode: Episode) -> str:
    """Return what is said in an episode, normalised: equal for two that a reader would call the same.

    The usual system texts say nothing of their own; a system text that sets a rule does.
    """
    said = [own] if (own := own_system(episode.system, episode.phase)) else []
    said += [text for message in episode.messages for text in _said(message)]
    return "\x1f".join(map(normalised, said))


def digest_of(text: str) -> bytes:
    """Return 16 bytes that stand for a text."""
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def normalised_entropy(counts: Sequence[int]) -> float | None:
    """Return the entropy of counts as a share of the most there can be; None for fewer than two."""
    if len(counts) < 2:
        return 0.0 if counts else None
    shares = np.array(counts) / sum(counts)
    return float(-(shares * np.log(shares)).sum() / math.log(len(counts)))


def near_duplicates(texts: Sequence[str]) -> int:
    """Return how many texts share at least 0.8 of their word 5-grams with an earlier one, by MinHash.

    Among those that share a key, each is compared with the first and with the one before it.
    """
    values = signatures(Texts.from_strings(texts))
    is_near = np.zeros(len(texts), dtype=bool)
    for keys in band_keys(values, rows_per_band(NEAR)):
        order = np.argsort(keys, kind="stable")
        order = order[keys[order] != NO_KEY]
        is_first = np.ones(len(order), dtype=bool)
        is_first[1:] = keys[order[1:]] != keys[order[:-1]]
        leaders = order[is_first][np.cumsum(is_first) - 1]
        later, before = order[~is_first], order[np.flatnonzero(~is_first) - 1]
        for earlier in (leaders[~is_first], before):
            is_near[later[kernels.agreements(values, earlier, later) >= NEAR * N_VALUES]] = True
    return int(is_near.sum())


def _said(message: Message) -> Iterator[str]:
    """Ids of passages are left out: the same text under another id is the same text."""
    match message:
        case UserMessage():
            yield from (message.content, *(passage.text for passage in message.context))
        case ToolCallMessage():
            yield from (message.think or "", message.name, canonical_json(message.arguments).decode())
        case AssistantMessage():
            yield from (message.think or "", message.content)
        case _:
            content = message.content
            yield content if isinstance(content, str) else canonical_json(content).decode()


def _holds_refusal(answers: Sequence[str]) -> bool:
    shown = [joined(answer) for answer in answers]
    phrases = _refusals()
    signs = {word for text in shown for word in text.split() if word in phrases}
    return any(phrase in text for sign in signs for phrase in phrases[sign] for text in shown)


@cache
def _refusals() -> dict[str, list[str]]:
    """Return the phrases by the longest word of each, so that few are looked for in an answer."""
    by_sign: dict[str, list[str]] = {}
    for phrase in (joined(phrase) for phrases in refusal_phrases().values() for phrase in phrases):
        by_sign.setdefault(max(phrase.split(), key=len), []).append(phrase)
    return by_sign


def _distinct(texts: Texts) -> tuple[float, ...]:
    """A text of fewer than n words counts as one run."""
    hashes = [ngram_hashes(texts, n)[0] for n in range(1, _LONGEST_NGRAM + 1)]
    return tuple(len(np.unique(own)) / max(1, len(own)) for own in hashes)


def _at(sorted_values: NDArray[np.int64], share: float) -> int:
    if not len(sorted_values):
        return 0
    return int(sorted_values[max(0, math.ceil(share * len(sorted_values)) - 1)])


def _shares(shares: dict[str, float]) -> str:
    return ", ".join(f"{name} {share:.1%}" for name, share in shares.items())
