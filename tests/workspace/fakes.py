"""A reader of plain text for tests, and small workspaces."""

import re
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mypt.extraction.pages import Block, Extracted, Page, Unextractable
from mypt.workspace.adding import OpenExtractor
from mypt.workspace.rows import Reader
from mypt.workspace.workspace import DATABASE_NAME, Workspace

ANN, BOB, EVE = (Reader(frozenset({name})) for name in ("ann", "bob", "eve"))
_PARAGRAPH = re.compile(r"\S(?:[^\n]|\n(?!\n))*")

GERMAN = (
    "Die Würde des Menschen ist zu achten und zu schützen. Jede Person hat das Recht auf Leben. "
    "Niemand darf diskriminiert werden, namentlich nicht wegen der Herkunft oder des Alters."
)
ENGLISH = (
    "Human dignity must be respected and protected. Every person has the right to life. "
    "No person may be discriminated against, in particular on grounds of origin or age."
)


class PlainText:
    """Reads text: a form feed ends a page, a blank line a paragraph, `#` begins a heading."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def extract(self, path: Path) -> Extracted:
        """Return the pages; a file that says "broken" is."""
        self.read.append(path.name)
        text = path.read_text(encoding="utf-8")
        if "broken" in text:
            raise Unextractable("malformed", "says so")
        pages = tuple(page_of(part, number) for number, part in enumerate(text.split("\f"), start=1))
        return Extracted(path.stem, "text", pages)


def page_of(text: str, number: int = 1) -> Page:
    """Return a page of headings and paragraphs."""
    blocks = []
    for match in _PARAGRAPH.finditer(text):
        level = len(match[0]) - len(match[0].lstrip("#"))
        blocks.append(Block("heading" if level else "paragraph", *match.span(), level))
    return Page(number, text, tuple(blocks))


@contextmanager
def plain_text() -> Iterator[PlainText]:
    """Yield a reader that reads plain text."""
    yield PlainText()


def counted(reader: PlainText) -> OpenExtractor:
    """Return what opens this very reader, so that a test can see what it was given."""

    @contextmanager
    def opened() -> Iterator[PlainText]:
        yield reader

    return opened


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write texts below a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def make(
    path: Path, files: Mapping[str, str], owner: str = "ann", readers: tuple[str, ...] = ()
) -> Workspace:
    """Return a workspace at `path/ws` that holds texts written to `path/docs`."""
    write(path / "docs", files)
    workspace = Workspace.create(path / "ws", plain_text)
    workspace.add([path / "docs"], owner=owner, readers=readers)
    return workspace


def connect(workspace: Path) -> sqlite3.Connection:
    """Return a connection past all permissions."""
    return sqlite3.connect(workspace / DATABASE_NAME)


def contents(workspace: Path) -> dict[str, list[Any]]:
    """Return what the tables hold, without what depends on the clock."""
    tables = {
        "documents": "SELECT number, id, root, origin, title, language, owner, sha256, status, reason, "
        "n_pages, n_passages FROM documents ORDER BY 1",
        "document_readers": "SELECT * FROM document_readers ORDER BY 1, 2",
        "pages": "SELECT * FROM pages ORDER BY 1, 2",
        "passages": "SELECT * FROM passages ORDER BY 1",
    }
    with connect(workspace) as connection:
        found = {name: connection.execute(query).fetchall() for name, query in tables.items()}
    connection.close()
    return found


def copy(workspace: Path, target: Path) -> Path:
    """Copy a workspace that nobody has open."""
    return shutil.copytree(workspace, target)
