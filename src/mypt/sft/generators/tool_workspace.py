"""Workspaces to make tool episodes in: documents that are made up or given, and the live tools over them."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

from mypt.agent.reader_view import ReaderView
from mypt.agent.tool import error_result
from mypt.agent.toolbox import Toolbox
from mypt.agent.view import WorkspaceView
from mypt.errors import InputError, MyptError
from mypt.evaluation.live_workspace import open_documents
from mypt.extraction.extractor import Extractor
from mypt.files import canonical_json
from mypt.retrieval.analysis import pieces
from mypt.retrieval.retriever import Retriever
from mypt.sft.made_up_documents import MadeUpDocument, MadeUpFact, documents
from mypt.workspace.rows import OPERATOR, DocumentRow, PassageRow
from mypt.workspace.workspace import Workspace

Language = Literal["en", "de"]

SIZES = (5, 8, 12, 16, 20, 26, 32, 40)
"""Documents of a workspace that is made up."""
_SHARE_OF_PAGED = 0.85
_PASSAGES_A_PAGE = (1, 1, 2, 2)
_SECONDS = 20.0
_UNSAFE = re.compile(r"[:/\\?*\"<>|]\s*")


@dataclass(frozen=True)
class PlacedFact:
    """Something that one passage of a workspace states, and how it is asked for and told."""

    topic: str
    """What is asked for, as a noun."""
    questions: tuple[str, ...]
    statements: tuple[str, ...]
    """Whole sentences that answer."""
    sentence: str
    """The sentence of the passage that states it."""
    subject: str
    attribute: str
    kind: str
    """Documents of one kind state the same attributes."""
    document: DocumentRow
    passage: PassageRow

    @property
    def query(self) -> str:
        """Return what to search for: the words that carry meaning, not those of the question."""
        return keywords(self.topic)


class ToolWorkspace:
    """Documents with what can be asked about them; a call is run once, for it always gives the same."""

    def __init__(
        self,
        view: WorkspaceView,
        toolbox: Toolbox,
        room: int,
        language: Language,
        facts: Sequence[PlacedFact],
    ) -> None:
        self.view = view
        self.toolbox = toolbox
        self.room = room
        self.language: Language = language
        self.facts = tuple(facts)
        self.documents = tuple(view.documents())
        self._results: dict[bytes, JsonValue] = {}

    def run(self, name: str, arguments: Mapping[str, JsonValue]) -> JsonValue:
        """Return what a model is told of a call: the result of the live tool, or its error."""
        key = canonical_json([name, {**arguments}])
        if key not in self._results:
            try:
                content = self.toolbox.run(name, arguments, self.view, room=self.room, seconds=_SECONDS)
            except MyptError as told:
                content = error_result(told)
            self._results[key] = content
        return self._results[key]


def keywords(text: str) -> str:
    """Return the words of a text that are more than grammar."""
    kept = [word for word in text.split() if any(not piece.is_stop_word for piece in pieces(word))]
    return " ".join(word.strip(".,;:?!“”„") for word in kept)


def make_up(
    folder: Path, rng: random.Random, language: Language, extractor: Extractor
) -> tuple[WorkspaceView, list[PlacedFact]]:
    """Return a new workspace of made-up documents, each about another subject, and their facts."""
    made: dict[str, MadeUpDocument] = {}
    n_documents = rng.choice(SIZES)
    while len(made) < n_documents:
        document = documents(language, rng)
        made.setdefault(document.subject, document)
    (folder / "documents").mkdir(parents=True)
    by_name = {
        _write(document, folder / "documents", number, rng): document
        for number, document in enumerate(made.values(), start=1)
    }
    view = open_documents(folder / "documents", folder / "workspace", lambda: nullcontext(extractor))
    by_row = [(row, by_name[row.origin.rpartition("/")[2]]) for row in view.documents()]
    return view, [placed for row, document in by_row for placed in _placed(view, row, document)]


def _write(document: MadeUpDocument, folder: Path, number: int, rng: random.Random) -> str:
    """Write a document as a text of several pages or as Markdown, and return the name of its file."""
    texts = [passage.text for passage in document.passages]
    if rng.random() < _SHARE_OF_PAGED:
        name, pages = f"{_UNSAFE.sub(' - ', document.title)}.txt", []
        while texts:
            size = rng.choice(_PASSAGES_A_PAGE)
            pages.append("\n\n".join(texts[:size]))
            texts = texts[size:]
        content = "\f".join(pages)
    else:
        name, content = f"note-{number:02}.md", "\n\n".join([f"# {document.title}", *texts])
    (folder / name).write_text(f"{content}\n", encoding="utf-8")
    return name


def _placed(view: WorkspaceView, row: DocumentRow, document: MadeUpDocument) -> Iterator[PlacedFact]:
    for passage in passages_of(view, row):
        for fact in facts_in(document):
            if fact.sentence in passage.text:
                yield PlacedFact(
                    fact.topic, fact.questions, fact.statements, fact.sentence, document.subject,
                    fact.attribute, document.kind, row, passage,
                )  # fmt: skip


def facts_in(document: MadeUpDocument) -> list[MadeUpFact]:
    """Return all facts of a document."""
    return [fact for passage in document.passages for fact in passage.facts]


def passages_of(view: WorkspaceView, row: DocumentRow) -> list[PassageRow]:
    """Return all passages of a document."""
    return view.passages([f"{row.id}-{number}" for number in range(1, row.n_passages + 1)])


def open_given(path: Path) -> WorkspaceView:
    """Return a view of a workspace that there is; InputError when there is none or it holds no text."""
    workspace = Workspace.open(path)
    view = ReaderView(workspace, Retriever.open(workspace), OPERATOR)
    if not view.documents():
        raise InputError(f"{path}: holds no documents", hint=f"mypt workspace add {path} FOLDER")
    return view
