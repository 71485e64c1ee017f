"""`mypt corpus report`, `mypt dataset report`: what is in a folder, in tables and on one page."""

import json
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from mypt.cli.arguments import Overrides, RecipePath, Workers, default_out
from mypt.cli.console import progress_bar
from mypt.config import load
from mypt.corpus.build import prepare_all
from mypt.corpus.lock import lock_path, read_lock
from mypt.corpus.recipe import CorpusRecipe
from mypt.corpus.source import open_sources
from mypt.execution.runner import EVERY_CORE, make_runner
from mypt.files import write_atomic
from mypt.inventory.page import render
from mypt.inventory.summary import (
    Summary,
    as_json,
    summarise_corpus,
    summarise_dataset,
    summarise_preview,
)
from mypt.pages.html import visible
from mypt.provenance.artifact import open_artifact

Html = Annotated[
    Path | None, Parameter(help="Write the page here too, one HTML file with plots and examples.")
]
AsJson = Annotated[bool, Parameter(name="--json", negative="", help="Only the JSON.")]


def corpus(
    corpus: Annotated[Path, Parameter(help="Folder of a corpus.")],
    *,
    html: Html = None,
    as_json: AsJson = False,
) -> None:
    """Show what a corpus holds, what was dropped and why, its largest clusters."""
    _show(summarise_corpus(open_artifact(corpus, "corpus")), html, is_json=as_json)


def preview(
    recipe: RecipePath, *, overrides: Overrides = (), html: Html = None, execution: Workers = EVERY_CORE
) -> None:
    """Say what a recipe would drop and mask, with examples; no corpus is made, but what was read is kept."""
    loaded, out = load(recipe, CorpusRecipe, overrides), default_out(recipe, "corpus")
    with progress_bar("preview") as progress, make_runner(execution) as runner:
        sources = open_sources(loaded, read_lock(lock_path(recipe)))
        tasks = prepare_all(loaded, sources, runner, execution.store(out), progress)
    _show(summarise_preview([task.output for task in tasks]), html, is_json=False)


def dataset(
    dataset: Annotated[Path, Parameter(help="Folder of a dataset.")],
    *,
    html: Html = None,
    as_json: AsJson = False,
) -> None:
    """Show what a dataset holds: tokens by source, language, licence, category; its ledger and shards."""
    _show(summarise_dataset(open_artifact(dataset, "dataset")), html, is_json=as_json)


def _show(summary: Summary, html: Path | None, *, is_json: bool) -> None:
    if html is not None:
        write_atomic(html, render(summary).encode())
    if is_json:
        print(json.dumps(as_json(summary), ensure_ascii=False))
        return
    console = Console(file=sys.stdout, highlight=False, emoji=False)
    for name, value in summary.facts.items():
        console.print(f"[dim]{name:>18}[/]  {escape(visible(value))}", soft_wrap=True)
    for table in summary.tables:
        if table.rows:
            console.print(_rich(table.title, table.columns, table.rows, table.note))
    if html is not None:
        print(html)


def _rich(
    title: str, columns: tuple[str, ...], rows: tuple[tuple[str | int, ...], ...], note: str
) -> RichTable:
    shown = RichTable(title=title, title_justify="left", caption=note or None, caption_justify="left")
    for number, column in enumerate(columns):
        shown.add_column(column, justify="left" if number == 0 else "right", overflow="fold")
    for row in rows:
        shown.add_row(*(f"{value:,}" if isinstance(value, int) else escape(visible(value)) for value in row))
    return shown
