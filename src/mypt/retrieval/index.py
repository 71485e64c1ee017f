"""What search needs beside the database: a keyword index and vectors, made, kept up to date and named.

All of it can be deleted. A passage can be found by its words as soon as the keyword index is written; each
embedder catches up in batches, every one of which is kept, so that a build that was stopped goes on where
it was. Two builds of one workspace take turns.
"""

import hashlib
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import psutil

from mypt.errors import InputError
from mypt.files import read_json, storage_errors, write_json
from mypt.retrieval.embedder import Embedder
from mypt.retrieval.keyword_cache import KeptIndex, Keys, bring_up_to_date, read_cache, write_cache
from mypt.retrieval.keyword_vocabulary import Numbers
from mypt.retrieval.vector_cache import open_vectors
from mypt.workspace.passage_table import PassageTable
from mypt.workspace.rows import OPERATOR, Filters, PassageRow
from mypt.workspace.workspace import Workspace

Progress = Callable[[str, int, int], None]
"""Called with what is made ("keywords", or an embedder's name), how much is done, and how much there is."""

KEYWORD_NAME = "keyword.bin"
MANIFEST_NAME = "index.json"
_LOCK_NAME = ".lock"
_BATCH = 64  # passages whose vectors are kept at a time
_READ_AT_ONCE = 500
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # spreads consecutive numbers over all 64 bits


@dataclass(frozen=True)
class Built:
    """What a build has made."""

    revision: int
    passages: int
    vectors: Mapping[str, int]
    """Vectors that were computed, by embedder; those that were there already are not among them."""


def build(workspace: Workspace, embedders: Sequence[Embedder], progress: Progress | None = None) -> Built:
    """Bring the whole index up to date, and let it name these embedders and no others.

    Raises InputError or StorageFull when it cannot be written.
    """
    report = progress or _ignore
    folder = workspace.index_folder
    with _only_one(folder):
        _remove_leftovers(folder)
        write_json(folder / MANIFEST_NAME, {"embedders": _digests(embedders)})
        with workspace.snapshot():
            table = workspace.all_passages()
            report("keywords", 0, len(table))
            refresh_keywords(workspace, table)
            report("keywords", len(table), len(table))
        computed = {each.name: fill_vectors(workspace, each, report) for each in embedders}
        with workspace.snapshot():
            table = workspace.all_passages()
            for each in embedders:
                open_vectors(folder, table, workspace, each.digest, each.n_dimensions)
    return Built(table.revision, len(table), computed)


def refresh_keywords(workspace: Workspace, table: PassageTable) -> KeptIndex:
    """Return the keyword index of a table's passages, brought up to date on disk; ask within a snapshot.

    Raises InputError or StorageFull when it cannot be written.
    """
    kept, is_new = open_keywords(workspace, table)
    if is_new:
        write_cache(workspace.index_folder / KEYWORD_NAME, kept)
    return kept


def open_keywords(workspace: Workspace, table: PassageTable) -> tuple[KeptIndex, bool]:
    """Return the keyword index of a table's passages, and whether the one on disk is another."""
    on_disk = read_cache(workspace.index_folder / KEYWORD_NAME)
    kept = bring_up_to_date(on_disk, passage_keys(table), lambda places: _texts(workspace, table, places))
    return kept, kept is not on_disk


def fill_vectors(workspace: Workspace, embedder: Embedder, progress: Progress | None = None) -> int:
    """Compute the vectors that are missing and return how many; each batch is kept before the next."""
    report = progress or _ignore
    total = len(workspace.all_passages())
    computed, after = 0, 0
    while batch := workspace.missing_vectors(embedder.digest, _BATCH, after):
        titles = _titles(workspace, {each.row.document_id for each in batch})
        texts = [searchable_text(titles.get(each.row.document_id, ""), each.row) for each in batch]
        vectors = embedder.embed(texts, "passage").astype("<f2")
        rows = [(each.row.id, vector.tobytes()) for each, vector in zip(batch, vectors, strict=True)]
        computed += workspace.store_vectors(embedder.digest, rows)
        after = batch[-1].number
        report(embedder.name, workspace.n_vectors(embedder.digest), total)
    return computed


def searchable_text(title: str, passage: PassageRow) -> str:
    """Return what a passage is found by: its document's title, the headings it stands under, and its text."""
    return "\n".join([title, *passage.heading_path, passage.text])


def embedder_digests(folder: Path) -> dict[str, str] | None:
    """Return the embedders that an index names, by name; None when it has none or a damaged one."""
    try:
        named = read_json(folder / MANIFEST_NAME)["embedders"]
        return {str(name): str(digest) for name, digest in named.items()}
    except (InputError, KeyError, TypeError, AttributeError):
        return None


def check_embedders(folder: Path, embedders: Sequence[Embedder]) -> None:
    """Raise InputError unless these are the embedders that the index names.

    An index that names none yet takes any: vectors are kept by digest, and never mixed.
    """
    named, given = embedder_digests(folder), _digests(embedders)
    if named is None or named == given:
        return
    raise InputError(
        f"{folder}: made with {_listed(named)}, asked with {_listed(given)}",
        hint="search with the embedders of the index, or make it anew with `mypt index build`",
    )


def passage_keys(table: PassageTable) -> Keys:
    """Return what tells each passage from every other, in any workspace."""
    by_document = {number: _hash(id_) for number, id_ in table.document_ids.items()}
    documents, inverse = np.unique(table.documents, return_inverse=True)
    hashes = np.array([by_document[number] for number in documents.tolist()], dtype=np.uint64)
    return hashes[inverse] + table.numbers.astype(np.uint64) * _GOLDEN


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def _texts(workspace: Workspace, table: PassageTable, places: Numbers) -> Iterator[str]:
    titles = _titles(workspace, {table.document_ids[n] for n in table.documents[places].tolist()})
    for row in _rows(workspace, table, places):
        yield searchable_text(titles.get(row.document_id, ""), row)


def _rows(workspace: Workspace, table: PassageTable, places: Numbers) -> Iterator[PassageRow]:
    if len(places) == len(table):
        yield from (passage.row for passage in workspace.every_passage())
        return
    ids = (table.id(place) for place in places.tolist())
    while batch := list(islice(ids, _READ_AT_ONCE)):
        yield from workspace.passages(batch, OPERATOR)


def _titles(workspace: Workspace, ids: Collection[str]) -> dict[str, str]:
    wanted = Filters(documents=tuple(sorted(ids)))
    return {document.id: document.title for document in workspace.documents(OPERATOR, wanted)}


def _digests(embedders: Sequence[Embedder]) -> dict[str, str]:
    return {each.name: each.digest for each in embedders}


def _listed(digests: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {digest[:12]}" for name, digest in sorted(digests.items())) or "no embedder"


def _ignore(name: str, done: int, total: int) -> None:
    """Report to nobody."""


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Hold the right to build while the block runs; a process that dies gives it back."""
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / _LOCK_NAME).open("ab") as file:
            _lock(file.fileno())
            yield


def _lock(descriptor: int) -> None:
    if os.name == "nt":
        import msvcrt  # there is no other way on Windows

        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined,unused-ignore]
        return
    import fcntl  # not on Windows

    fcntl.flock(descriptor, fcntl.LOCK_EX)


def _remove_leftovers(folder: Path) -> None:
    """Remove what processes that were killed have left half-written."""
    for path in folder.glob(".*.staging"):
        process = path.name.split(".")[-2]
        if not (process.isdigit() and psutil.pid_exists(int(process))):
            path.unlink(missing_ok=True)
