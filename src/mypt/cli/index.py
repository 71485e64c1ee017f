"""`mypt index`: make a workspace searchable, and search it."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from mypt.cli.console import err, note
from mypt.pages.html import visible
from mypt.retrieval.embedder import Embedder
from mypt.retrieval.embedders import EmbedderSettings, load_embedders
from mypt.retrieval.hit import Hit
from mypt.retrieval.index import Progress, embedder_digests
from mypt.retrieval.index import build as build_index
from mypt.retrieval.retriever import Retriever
from mypt.workspace.rows import OPERATOR, Filters, Reader
from mypt.workspace.workspace import Workspace

_SHOWN = 320  # characters of a passage
_BEFORE = 80  # of them before the first match
_EVERYTHING = Filters()
_ABOVE_MATCHES = "bold"

WorkspacePath = Annotated[Path, Parameter(help="Folder of a workspace.")]
Embedders = Annotated[
    tuple[str, ...],
    Parameter(name="--embedders", negative="", help="What reads for meaning: e5, use, sentence, hashing."),
]
Models = Annotated[Path | None, Parameter(help="Folder of models, where embedders look for their weights.")]
Readers = Annotated[
    tuple[str, ...],
    Parameter(name="--reader", negative="", help="User and groups who ask; by default the operator."),
]


@dataclass(frozen=True)
class SearchOptions:
    """Who asks, and for how much."""

    top_k: Annotated[int, Parameter(help="The most hits.")] = 8
    reader: Readers = ()
    models: Models = None

    @property
    def who(self) -> Reader:
        """Return the reader that is named, else the operator."""
        return Reader(frozenset(self.reader)) if self.reader else OPERATOR


_DEFAULT = SearchOptions()


def open_embedders(names: Sequence[str], models: Path | None) -> Sequence[Embedder]:
    """Return embedders by name; ConfigError for a name that is none, or when weights are missing."""
    return load_embedders(names, EmbedderSettings(models=models))


def build(workspace: WorkspacePath, *, embedders: Embedders = ("use", "e5"), models: Models = None) -> None:
    """Bring keyword index and vectors up to date; what is done is kept, so it may be stopped at any time.

    Passages can be found by words within moments; the embedders follow in the order given.
    """
    chosen = open_embedders(embedders, models)
    with Workspace.open(workspace) as opened, progress_bars() as progress:
        built = build_index(opened, chosen, progress)
    note(f"{built.passages:,} passages can be found by their words")
    for name, n_vectors in built.vectors.items():
        note(f"{n_vectors:,} vectors computed by {name}")
    print(workspace / "index")


def search(
    workspace: WorkspacePath,
    query: Annotated[str, Parameter(help="What to look for; all of it is text.")],
    *,
    options: Annotated[SearchOptions, Parameter(name="*")] = _DEFAULT,
    filters: Annotated[Filters, Parameter(name="*", negative_iterable=())] = _EVERYTHING,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="Only the JSON.")] = False,
) -> None:
    """Show the passages that answer a question best, and what their scores are made of."""
    with Workspace.open(workspace) as opened:
        named = embedder_digests(opened.index_folder) or {}
        retriever = Retriever.open(opened, open_embedders(tuple(named), options.models))
        hits = retriever.search(query, options.who, top_k=options.top_k, filters=filters)
        digest = retriever.digest
    if as_json:
        print(json.dumps({"index": digest, "hits": [_values(hit) for hit in hits]}, ensure_ascii=False))
        return
    show_hits(hits, Console(file=sys.stdout, highlight=False, emoji=False))


@contextmanager
def progress_bars() -> Iterator[Progress]:
    """Show a bar for each thing that is made."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=err) as bars:
        tasks: dict[str, TaskID] = {}

        def update(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            bars.update(tasks[name], completed=done, total=total)

        yield update


def show_hits(hits: Sequence[Hit], console: Console) -> None:
    """Print a table of hits; words that match stand out on a terminal."""
    if not hits:
        note("nothing found")
        return
    names = list(dict.fromkeys(name for hit in hits for name in hit.parts))
    table = Table(show_lines=True)
    table.add_column("score", justify="right")
    table.add_column("passage", overflow="fold", ratio=1)
    for name in names:
        table.add_column(visible(name), justify="right")
    for hit in hits:
        parts = (f"{hit.parts[name]:.2f}" if name in hit.parts else "" for name in names)
        table.add_row(f"{hit.score:.2f}", _passage(hit), *parts)
    console.print(table)


def _passage(hit: Hit) -> Text:
    """Return where a passage stands and the part of its text around the first match."""
    passage = hit.passage
    where = " \u203a ".join([hit.title, *passage.heading_path])
    shown = Text.assemble(
        (visible(where).replace("\n", " "), "italic"),
        "\n",
        (f"{passage.id}, page {passage.page}", "dim"),
        "\n",
    )
    start = max(0, hit.matches[0][0] - _BEFORE) if hit.matches else 0
    end = start + _SHOWN
    shown.append("…" if start else "")
    for begin, stop, is_match in _segments(hit.matches, start, min(end, len(passage.text))):
        text = visible(" ".join(passage.text[begin:stop].split("\n")), limit=_SHOWN)
        shown.append(text, _ABOVE_MATCHES if is_match else "")
    shown.append("…" if end < len(passage.text) else "")
    return shown


def _segments(matches: Sequence[tuple[int, int]], start: int, end: int) -> list[tuple[int, int, bool]]:
    """Cut a span of text where matches begin and end."""
    segments, place = [], start
    for begin, stop in matches:
        if begin < end and stop > start:
            segments += [(place, max(begin, start), False), (max(begin, start), min(stop, end), True)]
            place = min(stop, end)
    return [segment for segment in [*segments, (place, end, False)] if segment[0] < segment[1]]


def _values(hit: Hit) -> dict[str, Any]:
    return {
        **asdict(hit.passage),
        "title": hit.title,
        "score": hit.score,
        "parts": dict(hit.parts),
        "matches": hit.matches,
    }
