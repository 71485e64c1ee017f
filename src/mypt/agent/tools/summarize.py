"""`workspace.summarize`: the sentences that a document or text is most about, as they stand in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field, JsonValue

from mypt.agent.arguments import Arguments, Choice
from mypt.agent.centrality import central_sentences
from mypt.agent.room import cut, rendered_length, shown_title
from mypt.agent.tool import WorkspaceTool
from mypt.agent.tools.find_document import find_by_id
from mypt.agent.view import WorkspaceView
from mypt.workspace.rows import DocumentRow, PassageRow
from mypt.workspace.sentences import split_sentences

_MOST_SENTENCES = 6
_MOST_PASSAGES = 500
_LEAST_WORDS = 5
_MOST_NUMBERS = 0.2
_LEAST_SENTENCE = 25
_MOST_SENTENCE = 400
"""Characters; what is shorter says little, what is longer is a table or a list."""


class SummarizeArguments(Arguments):
    """What to sum up."""

    CHOICES: ClassVar[tuple[Choice, ...]] = (Choice(("doc_id", "text")),)

    doc_id: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    """The id of a document, or of a passage of it."""
    text: Annotated[str, Field(min_length=1, max_length=20_000)] | None = None
    """A text instead."""


@dataclass(frozen=True)
class _Sentence:
    text: str
    place: dict[str, JsonValue]
    """Passage id and page; nothing for a text that is no document."""


def _summarize(arguments: SummarizeArguments, view: WorkspaceView, room: int) -> JsonValue:
    head: dict[str, JsonValue] = {}
    if arguments.doc_id is None:
        sentences = _sentences_of(arguments.text or "", {})
    else:
        document = find_by_id(view, arguments.doc_id)
        rows = _spread(view, document)
        sentences = [one for row in rows for one in _sentences_of(row.text, {"id": row.id, "page": row.page})]
        head = {"doc_id": document.id, "title": shown_title(document.title)}
    room -= rendered_length({**head, "sentences": []})
    ranked = central_sentences([one.text for one in sentences], _MOST_SENTENCES)
    return {**head, "sentences": _in_order(sentences, ranked, room)}


def _spread(view: WorkspaceView, document: DocumentRow) -> list[PassageRow]:
    """Return all passages of a document, or so many from all parts of it as can be read in time."""
    step = -(-document.n_passages // _MOST_PASSAGES) or 1
    return view.passages([f"{document.id}-{n}" for n in range(1, document.n_passages + 1, step)])


def _sentences_of(text: str, place: dict[str, JsonValue]) -> list[_Sentence]:
    found = [" ".join(text[start:end].split()) for start, end in split_sentences(text)]
    return [_Sentence(one, place) for one in found if _is_prose(one)]


def _is_prose(sentence: str) -> bool:
    """Leave out headings, tables and notes: many numbers, and alike enough to seem central."""
    words = sentence.split()
    n_numbers = sum(any(character.isdigit() for character in word) for word in words)
    is_sized = _LEAST_SENTENCE <= len(sentence) <= _MOST_SENTENCE and len(words) >= _LEAST_WORDS
    return is_sized and not sentence.startswith("[") and n_numbers <= _MOST_NUMBERS * len(words)


def _in_order(sentences: Sequence[_Sentence], ranked: Sequence[int], room: int) -> list[JsonValue]:
    """Return the best sentences that fit, as the document has them; the best one in any case."""
    chosen: dict[int, JsonValue] = {}
    for number in ranked:
        entry: dict[str, JsonValue] = {**sentences[number].place, "text": sentences[number].text}
        length = rendered_length(entry) + len(", ")
        if length > room and not chosen:
            spare = room - rendered_length({**entry, "text": ""})
            entry, length = {**entry, "text": cut(sentences[number].text, spare)}, room
        if length <= room:
            chosen[number] = entry
            room -= length
    return [chosen[number] for number in sorted(chosen)]


SUMMARIZE = WorkspaceTool(
    "workspace.summarize",
    "Return the sentences that a document or text is most about.",
    SummarizeArguments,
    _summarize,
)
