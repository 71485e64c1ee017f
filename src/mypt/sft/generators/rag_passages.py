"""What a RAG episode asks: a topic, the passage that answers it, and passages that do not."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from random import Random

from mypt.conversation.episode import Passage
from mypt.sft.made_up_documents import MadeUpDocument, MadeUpFact, documents

_POOL = 40
"""Made-up documents that are asked about, and laid beside each other, at a time."""
_SHARE_OF_OWN = 0.5
"""How often a passage of the same document stands beside the one that answers."""
_SHARE_OF_RIVALS = 0.7
"""How often one that gives the same attribute of another subject does."""
_ID_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that a passage says, and how it is asked for and told."""

    topic: str
    """As a noun."""
    questions: tuple[str, ...]
    value: str
    sentence: str
    """The sentence of the passage, word for word."""
    statements: tuple[str, ...]
    """Sentences that answer, for a reader who has not seen the passage."""
    trace: str
    """What no other passage may hold where this topic is asked for, in lower case."""


@dataclass(eq=False)
class Source:
    """A passage that can be shown."""

    passage: Passage
    document: str
    find_topics: Callable[[], tuple[Topic, ...]]

    @cached_property
    def topics(self) -> tuple[Topic, ...]:
        """What can be asked of it, found when first wanted."""
        return self.find_topics()


@dataclass(frozen=True, slots=True)
class Asked:
    """A topic of a passage, and where to find passages that say nothing about it."""

    topic: Topic
    source: Source
    others: Callable[[Random], Iterator[Source]]
    """May yield one again."""


def made_up(language: str, seed: int) -> Iterator[Asked]:
    """Yield topics of made-up documents without end, each once."""
    rng = Random(seed)  # noqa: S311
    while True:
        pool = _Pool(language, rng)
        rng.shuffle(pool.asked)
        yield from pool.asked


class _Pool:
    """Some documents of different subjects, as sources."""

    def __init__(self, language: str, rng: Random) -> None:
        made = {document.subject: document for document in (documents(language, rng) for _ in range(_POOL))}
        self._sources: list[Source] = []
        self._by_document: dict[str, list[Source]] = defaultdict(list)
        self._by_attribute: dict[tuple[str, str], list[Source]] = defaultdict(list)
        self.asked: list[Asked] = []
        for document in made.values():
            self._add(document, rng)

    def _add(self, document: MadeUpDocument, rng: Random) -> None:
        name = "d" + "".join(rng.choices(_ID_LETTERS, k=12))
        for number, passage in enumerate(document.passages, start=1):
            shown = Passage(id=f"{name}-{number}", text=passage.text)
            source = Source(shown, document.subject, partial(_topics, passage.facts))
            self._sources.append(source)
            self._by_document[document.subject].append(source)
            for fact, topic in zip(passage.facts, source.topics, strict=True):
                key = (document.kind, fact.attribute)
                self._by_attribute[key].append(source)
                self.asked.append(Asked(topic, source, partial(self._others, source, key)))

    def _others(self, source: Source, key: tuple[str, str], rng: Random) -> Iterator[Source]:
        """Yield hard ones first: of the same document, and of the same attribute; then any."""
        own = [other for other in self._by_document[source.document] if other is not source]
        if own and rng.random() < _SHARE_OF_OWN:
            yield rng.choice(own)
        rivals = [other for other in self._by_attribute[key] if other is not source]
        if rivals and rng.random() < _SHARE_OF_RIVALS:
            yield rng.choice(rivals)
        while True:
            other = self._sources[int(rng.random() * len(self._sources))]
            if other.document != source.document:
                yield other


def _topics(facts: Sequence[MadeUpFact]) -> tuple[Topic, ...]:
    return tuple(
        Topic(fact.topic, fact.questions, fact.value, fact.sentence, fact.statements, trace="")
        for fact in facts
    )


def distractors(asked: Asked, n_wanted: int, rng: Random, shown: Sequence[Source] = ()) -> list[Source]:
    """Return that many different passages that do not answer, none of those shown already."""
    found: list[Source] = []
    for other in asked.others(rng) if n_wanted else ():
        if other not in found and other not in shown:
            found.append(other)
        if len(found) == n_wanted:
            break
    return found
