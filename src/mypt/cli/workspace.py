"""`mypt workspace`: documents added, listed, removed; who may read them."""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mypt.cli.console import note, progress_bar
from mypt.errors import ArtifactError
from mypt.pages.html import visible
from mypt.workspace.rows import OPERATOR, Added, DocumentRow, Filters
from mypt.workspace.workspace import Workspace

_LONGEST_PATH = 4_096

WorkspacePath = Annotated[Path, Parameter(help="Folder of a workspace.")]
AsJson = Annotated[bool, Parameter(name="--json", negative="", help="Only JSON.")]
Readers = Annotated[
    tuple[str, ...],
    Parameter(
        name="--reader",
        negative="",
        help="User or group that may read, besides the owner; `everyone` for all. May be repeated.",
    ),
]
Languages = Annotated[
    tuple[str, ...], Parameter(name="--language", negative="", help="Two letters, as `de`.")
]
Formats = Annotated[tuple[str, ...], Parameter(name="--format", negative="", help="As `pdf`.")]


def add(
    workspace: WorkspacePath,
    paths: Annotated[tuple[Path, ...], Parameter(help="Files and folders; none: look again at all.")] = (),
    *,
    owner: Annotated[str, Parameter(help="Who owns what is new.")] = "operator",
    readers: Readers = (),
    retry: Annotated[bool, Parameter(negative="", help="Try again what could not be read.")] = False,
    as_json: AsJson = False,
) -> None:
    """Add files and folders, or look for changes in those that were: what is gone is removed then."""
    opened = Workspace.create(workspace) if paths else Workspace.open(workspace)
    with opened, progress_bar("files") as progress:
        if paths:
            added = opened.add(paths, owner=owner, readers=readers or None, retry=retry, progress=progress)
        else:
            added = opened.sync(retry=retry, progress=progress)
    _print_added(added, as_json=as_json)


def list_(
    workspace: WorkspacePath,
    *,
    languages: Languages = (),
    formats: Formats = (),
    failed: Annotated[bool, Parameter(negative="", help="Only what could not be read.")] = False,
    as_json: AsJson = False,
) -> None:
    """List documents with their ids, or those that could not be read with the reason."""
    with Workspace.open(workspace) as opened:
        rows = opened.documents(OPERATOR, Filters(languages=languages, formats=formats))
    shown = [row for row in rows if not failed or row.status == "failed"]
    if as_json:
        print(json.dumps([_plain(row) for row in shown], ensure_ascii=False))
    else:
        _print_documents(shown)


def remove(
    workspace: WorkspacePath,
    names: Annotated[tuple[str, ...], Parameter(help="Ids or origins of documents, or names of roots.")],
) -> None:
    """Remove documents, or all of a root, with their passages and vectors; print the ids."""
    with Workspace.open(workspace) as opened:
        roots = {root.name for root in opened.roots(OPERATOR)}
        ids = {row.origin: row.id for row in opened.documents(OPERATOR)}
        for name in names:
            if name in roots:
                opened.remove_root(name)
            else:
                opened.remove(ids.get(name, name))
            print(ids.get(name, name))


def status(
    workspace: WorkspacePath,
    *,
    check: Annotated[bool, Parameter(negative="", help="Read every page of the database.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what a workspace holds and what was added to it; with --check, whether the database is whole."""
    with Workspace.open(workspace) as opened:
        problems = opened.problems() if check else []
        facts = {**asdict(opened.summary(OPERATOR)), "revision": opened.revision()}
        facts["roots"] = [asdict(root) for root in opened.roots(OPERATOR)]
    if problems:
        raise ArtifactError("\n".join([f"{workspace}: damaged:", *problems]), hint="restore it from a copy")
    if as_json:
        print(json.dumps(facts, ensure_ascii=False))
    else:
        _print_facts(facts)


def _print_added(added: Sequence[Added], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([asdict(one) for one in added], ensure_ascii=False))
        return
    for one in added:
        if one.outcome == "skipped":
            note(f"{one.origin}: passed by: {one.reason}")
        elif one.outcome != "unchanged":
            print(
                "  ".join(
                    filter(None, (one.outcome, visible(one.origin, _LONGEST_PATH), visible(one.reason)))
                )
            )
    counts = Counter(one.outcome for one in added if one.outcome != "skipped")
    print(", ".join(f"{n} {outcome}" for outcome, n in sorted(counts.items())) or "nothing to add")


def _plain(row: DocumentRow) -> dict[str, object]:
    return {**asdict(row), "modified": row.modified.isoformat()}


def _print_documents(rows: Iterable[DocumentRow]) -> None:
    table = Table()
    table.add_column("id", no_wrap=True, min_width=13)
    for name in ("origin", "title", "language", "pages", "passages", "readers"):
        table.add_column(name, overflow="fold")
    for row in rows:
        size = (
            [f"{row.n_pages:,}", f"{row.n_passages:,}"] if row.status == "ready" else ["failed", row.reason]
        )
        readers = ", ".join((row.owner, *row.readers))
        cells = (row.id, row.origin, row.title, row.language, *size, readers)
        table.add_row(*(escape(visible(cell)) for cell in cells))
    _console().print(table)


def _print_facts(facts: dict[str, Any]) -> None:
    for name, value in facts.items():
        for line in _lines(value):
            label = escape(name.removeprefix("n_"))
            _console().print(f"[dim]{label:>12}[/]  {escape(visible(line, _LONGEST_PATH))}", soft_wrap=True)


def _lines(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [", ".join(f"{key} {n:,}" for key, n in value.items()) or "none"]
    if isinstance(value, list):
        return [f"{root['name']}  {root['path']}" for root in value] or ["none"]
    return [f"{value:,}"]


def _console() -> Console:
    return Console(file=sys.stdout, highlight=False, emoji=False)
