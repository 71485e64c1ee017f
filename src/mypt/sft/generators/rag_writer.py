"""How episodes of RAG chat are worded: questions, thoughts, answers and refusals around passages."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Literal

from pydantic import JsonValue

from mypt.conversation.episode import AssistantMessage, Episode, Message, UserMessage
from mypt.conversation.system_prompts import CHAT_SYSTEM_PROMPTS
from mypt.sft.generator import Split
from mypt.sft.generators.rag_passages import Asked, Source, Topic, distractors
from mypt.sft.phrase_lists import Language, phrase_lists

_SYSTEMS: Mapping[Language, tuple[str, ...]] = {"en": CHAT_SYSTEM_PROMPTS[:2], "de": CHAT_SYSTEM_PROMPTS[2:]}
_STYLES: Mapping[str, tuple[str, ...]] = {
    "context_answer": ("casual", "imperative", "task"),
    "context_think": ("analytical", "analytical", "task"),
    "multiturn": ("casual", "imperative", "task"),
    "extraction": ("extraction", "quote"),
    "insufficient_context": ("casual", "imperative", "task", "analytical"),
    "no_context": ("casual",),
}
_SHARE_OF_SINGLES = 0.12
"""Share of contexts that are one passage alone."""
_SHARE_OF_OPENINGS = 0.4
_SHARE_OF_PAIR_THOUGHTS = 0.3


class TooShort(Exception):
    """Too few passages were left to write the pattern about."""


class Writer:
    """Writes episodes in one language for one split, topic after topic."""

    def __init__(self, language: Language, split: Split, think_omit_ratio: float, rng: Random) -> None:
        self._language: Literal["en", "de"] = "de" if language == "de" else "en"
        self._split = split
        self._think_omit_ratio = think_omit_ratio
        self._rng = rng
        self._phrases = {name: lists[language] for name, lists in phrase_lists("rag_chat").items()}
        self._others: list[Source] = []
        self.n_others = 0
        """How many passages were drawn to lie beside the one that answers."""

    def begin(self, asked: Asked, most_others: int) -> None:
        """Take up a topic, and draw passages that say nothing about it."""
        rng = self._rng
        self._asked = asked
        self.n_others = 0 if rng.random() < _SHARE_OF_SINGLES else 1 + int(rng.random() * most_others)
        self._others = distractors(asked, self.n_others + 1, rng)
        self.n_others = max(0, min(self.n_others, len(self._others) - 1))

    def write(self, pattern: str, n_others: int, twin: str) -> Sequence[Episode]:
        """Return the episode of a pattern, or the two of a pair; TooShort when passages are missing."""
        if pattern == "insufficient_context":
            return self._pair(n_others, twin)
        if pattern == "no_context":
            return self._pair_without_context(twin)
        if pattern == "pasted":
            return self._pair_without_context("")[:1]
        if pattern == "multiturn":
            return [self._two_turns(n_others)]
        return [self._one_turn(pattern, n_others)]

    def _one_turn(self, pattern: str, n_others: int) -> Episode:
        shown = self._shuffled(n_others)
        topic = self._asked.topic
        question, template = self._question(topic, _STYLES[pattern])
        if pattern == "extraction":
            content = topic.sentence if template.startswith("quote") else topic.value
            answer = AssistantMessage(content=content, cite=(self._asked.source.passage.id,))
        else:
            has_thought = pattern == "context_think" and self._rng.random() >= self._think_omit_ratio
            answer = self._answer(topic, self._asked.source, has_thought=has_thought)
        return self._episode([_user(question, shown), answer], pattern, template)

    def _two_turns(self, n_others: int) -> Episode:
        """Ask for something else that the same passages say."""
        shown = self._shuffled(n_others)
        first = self._asked.topic
        more = [
            (source, topic)
            for source in shown
            for topic in source.topics
            if topic != first and not _is_told_elsewhere(topic, source, shown)
        ]
        if not more:
            raise TooShort
        source, second = more[int(self._rng.random() * len(more))]
        question, template = self._question(first, _STYLES["multiturn"])
        follow_up, _ = self._question(second, ("follow_up",))
        messages: list[Message] = [_user(question, shown), self._answer(first, self._asked.source)]
        messages += [UserMessage(content=follow_up), self._answer(second, source)]
        return self._episode(messages, "multiturn", template)

    def _pair(self, n_others: int, twin: str) -> Sequence[Episode]:
        """Ask the same twice; the second time another passage stands where the answer was."""
        if len(self._others) <= n_others:
            raise TooShort
        shown, topic = self._shuffled(n_others), self._asked.topic
        instead = [self._others[n_others] if source is self._asked.source else source for source in shown]
        question, template = self._question(topic, _STYLES["insufficient_context"])
        has_thoughts = self._rng.random() < _SHARE_OF_PAIR_THOUGHTS
        answer = self._answer(topic, self._asked.source, has_thought=has_thoughts)
        ids = ", ".join(source.passage.id for source in instead)
        thought = self._choice("thoughts_refused").format(ids=ids, topic=topic.topic)
        refusal = AssistantMessage(
            content=self._choice("refusals").format(topic=topic.topic),
            think=thought if has_thoughts else None,
        )
        one = self._episode([_user(question, shown), answer], "context_answer", template, twin=twin)
        other = self._episode(
            [_user(question, instead), refusal], "insufficient_context", template, twin=twin
        )
        return [one, other.model_copy(update={"system": one.system})]

    def _pair_without_context(self, twin: str) -> Sequence[Episode]:
        """Ask about a text in the question itself, and then without it; there is nothing to cite."""
        topic = self._asked.topic
        pasted, template = self._pick(f"pasted_{self._split}")
        question, bare_template = self._question(topic, _STYLES["no_context"])
        text = pasted.format(passage=self._asked.source.passage.text, question=question)
        answer = AssistantMessage(content=self._rng.choice(topic.statements))
        refusal = AssistantMessage(content=self._choice("refusals_without_context").format(topic=topic.topic))
        one = self._episode([UserMessage(content=text), answer], "no_context", template, twin=twin)
        other = self._episode(
            [UserMessage(content=question), refusal], "no_context", bare_template, twin=twin
        )
        return [one, other.model_copy(update={"system": one.system})]

    def _shuffled(self, n_others: int) -> list[Source]:
        shown = [self._asked.source, *self._others[:n_others]]
        self._rng.shuffle(shown)
        return shown

    def _question(self, topic: Topic, styles: Sequence[str]) -> tuple[str, str]:
        """Return a question and the id of its template; a value that is a whole sentence is quoted."""
        style = self._rng.choice(styles)
        if style == "extraction" and topic.value == topic.sentence:
            style = "quote"
        template, name = self._pick(f"{style}_{self._split}")
        return template.format(topic=topic.topic, question=self._rng.choice(topic.questions)), name

    def _answer(self, topic: Topic, source: Source, *, has_thought: bool = False) -> AssistantMessage:
        name = source.passage.id
        statement = self._rng.choice(topic.statements)
        if self._rng.random() < _SHARE_OF_OPENINGS:
            statement = self._choice("openings").format(statement=statement)
        thought = None
        if has_thought:
            thought = self._choice("thoughts").format(id=name, sentence=topic.sentence, topic=topic.topic)
        return AssistantMessage(content=statement, think=thought, cite=(name,))

    def _pick(self, name: str) -> tuple[str, str]:
        phrases = self._phrases[name]
        number = int(self._rng.random() * len(phrases))
        return phrases[number], f"{name}-{self._language}-{number}"

    def _choice(self, name: str) -> str:
        return self._pick(name)[0]

    def _episode(
        self, messages: Sequence[Message], pattern: str, template: str, *, twin: str = ""
    ) -> Episode:
        meta: dict[str, JsonValue] = {"pattern": pattern, "template": template}
        if twin:
            meta["twin"] = twin
        return Episode(
            system=self._rng.choice(_SYSTEMS[self._language]), messages=tuple(messages),
            language=self._language, source="rag_chat", phase=3, meta=meta,
        )  # fmt: skip


def _user(question: str, shown: Sequence[Source]) -> UserMessage:
    return UserMessage(content=question, context=tuple(source.passage for source in shown))


def _is_told_elsewhere(topic: Topic, source: Source, shown: Sequence[Source]) -> bool:
    return bool(topic.trace) and any(
        topic.trace in other.passage.text.casefold() for other in shown if other is not source
    )
