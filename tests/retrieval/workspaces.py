"""Small workspaces of text files, each page of which is one passage."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from mypt.extraction.pages import Block, Extracted, Page
from mypt.workspace.workspace import Workspace

PAGE_END = "\f"


class PlainReader:
    """Reads text files as they are; pages end with form feeds."""

    def extract(self, path: Path) -> Extracted:
        texts = path.read_text(encoding="utf-8").split(PAGE_END)
        pages = [
            Page(number, text, (Block("paragraph", 0, len(text)),))
            for number, text in enumerate(texts, start=1)
        ]
        return Extracted(path.stem, "text", tuple(pages))


@contextmanager
def plain_reader() -> Iterator[PlainReader]:
    yield PlainReader()


def make_workspace(folder: Path) -> Workspace:
    return Workspace.create(folder / "workspace", plain_reader)


def add_text(
    workspace: Workspace, name: str, text: str, readers: Sequence[str] = ("everyone",), owner: str = "owner"
) -> str:
    """Write a file beside the workspace, add it, and return the id of its document."""
    path = workspace.path.parent / "files" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    (added,) = workspace.add([path], owner=owner, readers=readers)
    return added.document_id


def add_texts(workspace: Workspace, texts: Mapping[str, str], readers: Sequence[str] = ("everyone",)) -> None:
    for name, text in texts.items():
        add_text(workspace, name, text, readers)
