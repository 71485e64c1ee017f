"""What can be asked about documents that nobody made up: sentences, and the words that lead to them."""

import re
from collections.abc import Iterator

from mypt.agent.view import WorkspaceView
from mypt.retrieval.analysis import pieces
from mypt.seeds import derive_seed
from mypt.sft.generator import Split
from mypt.sft.generators.tool_workspace import PlacedFact, passages_of
from mypt.sft.phrase_lists import phrase_lists
from mypt.workspace.rows import DocumentRow, PassageRow
from mypt.workspace.sentences import split_sentences

_WORDS = (8, 35)
_LEAST_LETTERS = 4
_N_KEY_WORDS = 3
_MOST_DOCUMENTS = 400
_VAL_ONE_IN = 5
_PLAIN = re.compile(r"[A-ZÄÖÜ][^\n|\t]*[.]")


def facts_of_documents(view: WorkspaceView, language: str, split: Split) -> list[PlacedFact]:
    """Return one sentence of each telling passage; one document in five is for validation alone."""
    rows = [row for row in view.documents() if (derive_seed(row.id) % _VAL_ONE_IN == 0) == (split == "val")]
    facts: list[PlacedFact] = []
    for row in rows[:_MOST_DOCUMENTS]:
        for passage in passages_of(view, row):
            if passage.language == language:
                facts += _fact(row, passage, language)
    return facts


def _fact(row: DocumentRow, passage: PassageRow, language: str) -> Iterator[PlacedFact]:
    """Yield the sentence of a passage with the longest words to ask for, if there is one."""
    candidates = [(_key(sentence), sentence) for sentence in _sentences(passage.text)]
    key, sentence = max(candidates, key=lambda one: len(one[0]), default=("", ""))
    if key:
        lists = phrase_lists("tools")
        yield PlacedFact(
            topic=key,
            questions=tuple(each.format(topic=key, title=row.title) for each in lists["question"][language]),
            statements=(sentence,),
            sentence=sentence,
            subject=row.title,
            attribute=passage.id,
            kind=row.id,
            document=row,
            passage=passage,
        )


def _sentences(text: str) -> Iterator[str]:
    for start, end in split_sentences(text):
        sentence = text[start:end].strip()
        if _WORDS[0] <= len(sentence.split()) <= _WORDS[1] and _PLAIN.fullmatch(sentence):
            yield sentence


def _key(sentence: str) -> str:
    """Return the words that say what a sentence is about, as they follow each other; nothing for too few."""
    words = [word.strip(".,;:!?()\"'“”„»«") for word in sentence.split()]
    telling = [
        word
        for word in words
        if len(word) >= _LEAST_LETTERS
        and word.isalpha()
        and any(not one.is_stop_word for one in pieces(word))
    ]
    chosen = sorted(telling, key=lambda word: (-len(word), word))[:_N_KEY_WORDS]
    return (
        " ".join(word for word in dict.fromkeys(words) if word in chosen)
        if len(chosen) == _N_KEY_WORDS
        else ""
    )
