"""The workspace of a suite's cases, made from the documents that lie beside the suites."""

from importlib.resources import as_file, files
from pathlib import Path

from mypt.agent.reader_view import ReaderView
from mypt.errors import InputError
from mypt.extraction.extractor import Extractor
from mypt.retrieval.retriever import Retriever
from mypt.workspace.adding import OpenExtractor
from mypt.workspace.rows import EVERYONE, OPERATOR
from mypt.workspace.workspace import Workspace


def open_live_workspace(name: str, folder: Path) -> ReaderView:
    """Return what a reader sees of a suite's workspace, kept under a folder from the first call on.

    Raises InputError when no workspace has this name.
    """
    all_of_them = files("mypt.evaluation").joinpath("suites", "workspaces")
    known = sorted(each.name for each in all_of_them.iterdir() if each.is_dir())
    if name not in known:
        raise InputError(f"no suite has a workspace {name!r}", hint=f"there are {', '.join(known)}")
    with as_file(all_of_them.joinpath(name)) as path:
        return open_documents(path, folder / name)


def open_documents(documents: Path, folder: Path, open_extractor: OpenExtractor = Extractor) -> ReaderView:
    """Return a view of the documents in a folder, searched by their words; the workspace is kept in another.

    Ids come from contents and names below `documents`, so that they are the same wherever both lie.
    Raises InputError when a document cannot be read.
    """
    workspace = Workspace.create(folder, open_extractor)
    added = workspace.add([documents], owner="suite", readers=[EVERYONE])
    for one in added:
        if one.outcome == "failed":
            raise InputError(f"{one.origin}: {one.reason}")
    return ReaderView(workspace, Retriever.open(workspace), OPERATOR)
