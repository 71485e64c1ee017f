"""Phase 3: questions over passages, answered from the one that is cited, or refused beside a twin."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random

from mypt.conversation.episode import AssistantMessage, Episode, UserMessage
from mypt.conversation.render import render
from mypt.errors import InputError
from mypt.seeds import derive_seed
from mypt.sft.generator import GeneratorSettings, Split
from mypt.sft.generators.rag_passages import Asked, made_up
from mypt.sft.generators.rag_real_documents import RealDocuments
from mypt.sft.generators.rag_writer import TooShort, Writer
from mypt.sft.phrase_lists import Language
from mypt.sft.quotas import apportion, count_by_language, pattern_weights
from mypt.tokenizer.tokenizer import Tokenizer

PATTERNS: Mapping[str, float] = {
    "context_answer": 0.40, "context_think": 0.20, "multiturn": 0.12, "extraction": 0.10,
    "insufficient_context": 0.08, "no_context": 0.10,
}  # fmt: skip
"""Weights of the patterns, where settings name none; the twins of refusals count as `context_answer`."""

_BLOCK = 500
"""Episodes that are planned together, so that the first ones stay the same when more are asked for."""
_MOST_DISTRACTORS = 3
_MOST_TRIES = 100
"""Topics that are tried for one episode before there is said to be none that fits."""
_TAGS = 12
"""Ids of one message that are no text, at most."""


class RagChat:
    """Makes the episodes of phase 3 that talk about passages."""

    def __init__(self, settings: GeneratorSettings, tokenizer: Tokenizer) -> None:
        self._settings = settings
        self._tokenizer = tokenizer
        self._n_tokens: dict[str, int] = {}
        self._weights = pattern_weights(settings, PATTERNS)
        if self._weights.get("insufficient_context", 0) > self._weights.get("context_answer", 0):
            raise InputError(
                f"{settings.generator}: each refusal has a twin that is answered",
                hint="give `context_answer` at least the weight of `insufficient_context`",
            )
        folders = tuple(map(Path, settings.documents))
        self._documents = RealDocuments(folders, settings.seed) if folders else None

    def episodes(self, split: Split) -> Iterator[Episode]:
        """Yield the episodes of a split; InputError when texts or `max_tokens` do not give so many."""
        settings = self._settings
        count = settings.count if split == "train" else settings.val_count
        topics = {language: self._topics(language, split) for language in ("en", "de")}
        for start in range(0, count, _BLOCK):
            rng = Random(derive_seed(settings.seed, "rag_chat", split, start))  # noqa: S311
            writers = {
                language: Writer(language, split, settings.think_omit_ratio, rng) for language in topics
            }
            for number, (language, pattern) in enumerate(self._plan(start, min(start + _BLOCK, count), rng)):
                twin = f"{split}-{start + number}"
                yield from self._fitting(topics[language], writers[language], pattern, twin)

    def _topics(self, language: Language, split: Split) -> Iterator[Asked]:
        if self._documents is not None:
            return self._documents.asked(language, split)
        return made_up(language, derive_seed(self._settings.seed, "rag_chat", split, language))

    def _plan(self, start: int, end: int, rng: Random) -> list[tuple[Language, str]]:
        """Return what is made in a block: one or two episodes each, together as many as asked for."""
        before, after = (count_by_language(n, self._settings.de_share) for n in (start, end))
        plan: list[tuple[Language, str]] = []
        for language in before:
            due = after[language] - before[language]
            parts = apportion(due, self._weights, dict.fromkeys(self._weights, due))
            n_answered, n_refused = parts.get("context_answer", 0), parts.pop("insufficient_context", 0)
            n_pairs = min(n_refused, (n_answered + n_refused) // 2)
            n_bare = parts.pop("no_context", 0) // 2
            parts |= {"context_answer": n_answered + n_refused - 2 * n_pairs}
            parts |= {"insufficient_context": n_pairs, "no_context": n_bare}
            parts["pasted"] = due - sum(parts.values()) - n_pairs - n_bare
            plan += [(language, pattern) for pattern, n_units in parts.items() for _ in range(n_units)]
        rng.shuffle(plan)
        return plan

    def _fitting(self, topics: Iterator[Asked], writer: Writer, pattern: str, twin: str) -> Sequence[Episode]:
        """Return the episodes of the next topic that fits, with as many of the passages drawn as fit."""
        for _ in range(_MOST_TRIES):
            asked = next(topics)
            writer.begin(asked, _MOST_DISTRACTORS)
            for n_others in range(writer.n_others, -1, -1):
                try:
                    episodes = writer.write(pattern, n_others, twin)
                except TooShort:
                    break
                if all(map(self._fits, episodes)):
                    return episodes
        limit = self._settings.max_tokens
        raise InputError(
            f"{self._settings.generator}: none of {_MOST_TRIES} topics fits into {limit} tokens",
            hint="raise `max_tokens`, or give documents with shorter passages",
        )

    def _fits(self, episode: Episode) -> bool:
        """Count bytes, which are never fewer than tokens; then passages once each; then exactly."""
        limit = self._settings.max_tokens
        users = [message for message in episode.messages if isinstance(message, UserMessage)]
        passages = [passage for user in users for passage in user.context]
        rest = _n_bytes_beside_passages(episode)
        if rest + sum(len(passage.text.encode()) + len(passage.id) + 4 for passage in passages) <= limit:
            return True
        for passage in passages:
            if passage.id not in self._n_tokens:
                self._n_tokens[passage.id] = len(self._tokenizer.encode(f"[{passage.id}] {passage.text}\n"))
        if rest + sum(self._n_tokens[passage.id] for passage in passages) <= limit - len(passages):
            return True
        return len(render(episode, self._tokenizer).ids) <= limit


def _n_bytes_beside_passages(episode: Episode) -> int:
    texts = [episode.system or ""]
    for message in episode.messages:
        if isinstance(message, UserMessage):
            texts.append(message.content)
        elif isinstance(message, AssistantMessage):
            texts += [message.content, message.think or "", *message.cite]
    return len("".join(texts).encode()) + _TAGS * (1 + len(episode.messages))
