"""Topics of real documents: a term, and the one sentence of a passage that holds it."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, partial
from itertools import islice
from pathlib import Path
from random import Random
from typing import NamedTuple

from pydantic import TypeAdapter

from mypt.conversation.episode import Passage
from mypt.documents.parts import part_paths, read_batches
from mypt.errors import InputError
from mypt.extraction.pages import Page
from mypt.files import sha256_bytes
from mypt.provenance.artifact import open_artifact
from mypt.provenance.manifest import MANIFEST_NAME
from mypt.seeds import derive_seed
from mypt.sft.generator import Split
from mypt.sft.generators.rag_passages import Asked, Source, Topic
from mypt.sft.phrase_lists import Language, phrase_lists, read_table
from mypt.workspace.chunk import chunk
from mypt.workspace.ingest import document_id
from mypt.workspace.rows import OPERATOR
from mypt.workspace.sentences import split_sentences
from mypt.workspace.workspace import DATABASE_NAME, Workspace

_MOST_DOCUMENTS = 4_000
"""Documents of a corpus that are read; of more, those whose ids have the smallest digests."""
_MOST_OF_A_DOCUMENT = 12
_SENTENCE_CHARACTERS = (45, 320)
_MOST_TOPICS = 3
_MOST_USES = 3
"""How often a topic is asked about."""
_HELD_OUT = 10
"""One document of so many is for validation."""
_SHARE_OF_OWN = 0.5
"""How often a passage beside the one that answers is laid there."""
_MOST_SEARCHED = 40
_MOST_SIGNS = 0.15
_LEAST_SPREAD = 2
_LONG_WORD = 8
_BROKEN = re.compile(r"\w- |[/@|\[]|www\.")
"""A word that was cut at the end of a line, or what is no sentence for people."""
_NO_LETTERS = re.compile(r"[\W\d_](?<! )")
_WORD = re.compile(r"[^\W\d_]+")
_GERMAN_NOUN = re.compile(r"(?<=[a-zäöüß,] )[A-ZÄÖÜ][a-zäöüß]{8,}\b(?!-)")
_ENGLISH_PAIR = re.compile(
    r"\b(?:an?|the|of|in|for|with|by|each|any|every|its|their) ([a-z]{4,}) ([a-z]{5,}(?<!ly|ed)(?<!ing))"
    r"(?=[.,;:]|\)| (?:and|are|as|at|by|can|for|from|has|have|in|is|may|must|of|on"
    r"|or|should|that|to|was|which|will|with)\b)"
)
"""Two words that are likely a noun with what describes it, by what stands around them."""


class _Row(NamedTuple):
    """A passage of a folder."""

    document: str
    id: str
    language: str
    text: str


class RealDocuments:
    """The passages of some folders, those of each document in one split alone."""

    def __init__(self, folders: Sequence[Path], seed: int) -> None:
        """Read them; InputError for a folder that is neither a workspace nor a corpus."""
        self._seed = seed
        rows = [row for folder in folders for row in _read(folder)]
        spread = Counter(word for row in rows for word in set(_words(row.text)))
        self._sources: dict[tuple[Language, Split], list[Source]] = defaultdict(list)
        for row in rows:
            if row.language in ("en", "de"):
                split: Split = "train" if int(_digest(row.document)[:8], 16) % _HELD_OUT else "val"
                find = partial(_topics, row.text, row.language, spread)
                source = Source(Passage(id=row.id, text=row.text), row.document, find)
                self._sources[row.language, split].append(source)
        self._where = ", ".join(map(str, folders))

    def asked(self, language: Language, split: Split) -> Iterator[Asked]:
        """Yield topics in no order, each up to three times; InputError when there are no more."""
        sources = self._sources[language, split]
        rng = Random(derive_seed(self._seed, "rag_chat", split, language))  # noqa: S311
        order = list(range(len(sources)))
        n_asked = 0
        for topic_number in list(range(_MOST_TOPICS)) * _MOST_USES:
            rng.shuffle(order)
            for number in order:
                for topic in sources[number].topics[topic_number : topic_number + 1]:
                    n_asked += 1
                    yield Asked(topic, sources[number], partial(_others, sources, number, topic))
        raise InputError(
            f"{self._where}: {len(sources)} passages in `{language}` for {split} give"
            f" {n_asked} questions, and more are asked for",
            hint="ask for fewer episodes, change `de_share`, or name more `documents`",
        )


def _others(sources: Sequence[Source], own: int, topic: Topic, rng: Random) -> Iterator[Source]:
    """Yield passages that do not hold the term: often a neighbour first, then any, up to a limit."""
    numbers = [int(rng.random() * len(sources)) for _ in range(_MOST_SEARCHED)]
    if rng.random() < _SHARE_OF_OWN:
        numbers.insert(0, (own + rng.choice((-2, -1, 1, 2))) % len(sources))
    for number in numbers:
        other = sources[number]
        if number != own and topic.trace not in other.passage.text.casefold():
            yield other


def _read(folder: Path) -> Iterable[_Row]:
    if (folder / DATABASE_NAME).is_file():
        return _read_workspace(folder)
    if (folder / MANIFEST_NAME).is_file():
        return _read_corpus(folder)
    raise InputError(f"{folder}: neither a workspace nor a corpus", hint="`documents` names folders of these")


def _read_workspace(folder: Path) -> Iterator[_Row]:
    with Workspace.open(folder) as workspace, workspace.snapshot():
        for document in workspace.documents(OPERATOR):
            for passage in workspace.passages_of(OPERATOR, document.id):
                yield _Row(document.id, passage.id, passage.language, passage.text)


def _read_corpus(folder: Path) -> Iterator[_Row]:
    """Cut a sample of the documents as a workspace would, and name the passages as it does."""
    paths = part_paths(open_artifact(folder, "corpus").path)
    columns = ["id", "language", "text"]
    ids = [
        id_
        for path in paths
        for batch in read_batches(path, columns[:2])
        for id_, language in zip(*(column.to_pylist() for column in batch.columns), strict=True)
        if language in ("en", "de")
    ]
    wanted = set(sorted(ids, key=_digest)[:_MOST_DOCUMENTS])
    for path in paths:
        for batch in read_batches(path, columns):
            for row in batch.to_pylist():
                if row["id"] in wanted:
                    yield from _cut(
                        document_id(_digest(row["text"]), row["id"]), row["language"], row["text"]
                    )


def _cut(document: str, language: str, text: str) -> Iterator[_Row]:
    page = Page(number=1, text=text, blocks=())
    for number, piece in enumerate(islice(chunk([page]), _MOST_OF_A_DOCUMENT), start=1):
        yield _Row(document, f"{document}-{number}", language, text[piece.start : piece.end])


def _digest(name: str) -> str:
    return sha256_bytes(name.encode())


def _topics(text: str, language: str, spread: Counter[str]) -> tuple[Topic, ...]:
    """Return topics: sentences that can be read alone and hold a term that no other sentence holds."""
    folded = text.casefold()
    found: list[Topic] = []
    for start, end in split_sentences(text):
        sentence = " ".join(text[start:end].split())
        if len(found) == _MOST_TOPICS or not _stands_alone(sentence):
            continue
        terms = [term for term in _terms(sentence, language) if folded.count(_trace(term)) == 1]
        if terms:
            found.append(_topic(min(terms, key=lambda term: _rarity(term, spread)), sentence, language))
    return tuple(found)


def _topic(term: str, sentence: str, language: str) -> Topic:
    phrases = phrase_lists("rag_chat")
    (topic,) = phrases["term_topic"][language]
    questions = tuple(question.format(term=term) for question in phrases["term_questions"][language])
    return Topic(topic.format(term=term), questions, sentence, sentence, (sentence,), _trace(term))


def _stands_alone(sentence: str) -> bool:
    """Whether a sentence is whole, made of words, and leans on none before it."""
    least, most = _SENTENCE_CHARACTERS
    return (
        least <= len(sentence) <= most
        and sentence[0].isupper()
        and sentence[-1] == "."
        and len(_NO_LETTERS.findall(sentence)) < _MOST_SIGNS * len(sentence)
        and not _BROKEN.search(sentence)
        and sentence.partition(" ")[0].strip(",").casefold() not in _word_list("leaning")
    )


def _terms(sentence: str, language: str) -> list[str]:
    """Return what could be asked about: nouns in German, pairs of content words in English."""
    if language == "de":
        return _GERMAN_NOUN.findall(sentence)
    pairs = (match.groups() for match in _ENGLISH_PAIR.finditer(sentence))
    return [" ".join(pair) for pair in pairs if not _word_list("no_content").intersection(pair)]


def _rarity(term: str, spread: Counter[str]) -> tuple[bool, int]:
    """Rare terms are asked about first, but those that stand nowhere else last: many are misspelt."""
    rarest = min(spread[word] for word in _words(term))
    return rarest < _LEAST_SPREAD, rarest


def _trace(term: str) -> str:
    """Return the beginning that other forms of a long word share."""
    folded = term.casefold()
    return folded[:-2] if len(folded) > _LONG_WORD else folded


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


@cache
def _word_list(name: str) -> frozenset[str]:
    """Return words in lower case: those that name nothing, or those that lean on a sentence before them."""
    return frozenset(TypeAdapter(dict[str, list[str]]).validate_python(read_table("rag_term_words"))[name])
