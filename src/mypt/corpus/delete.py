"""Take documents out of a corpus, with every copy of them, so that none can come back."""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from mypt.config import Section
from mypt.corpus.contents import READER, count_contents
from mypt.corpus.deletions import Deleted, add_to_ledger, ledger_digest
from mypt.corpus.prepare import DROPPED_SCHEMA
from mypt.corpus.recipe import CorpusRecipe
from mypt.corpus.tables import CLUSTERS, DELETED, DROPPED, DUPLICATES
from mypt.documents.parts import part_paths, read_table, write_table
from mypt.errors import InputError
from mypt.files import share_file
from mypt.provenance.artifact import Artifact, open_artifact, staged


class Request(Section):
    """Which documents are to go; one that any of these names goes."""

    reason: str
    """Who asked, and on what ground; written into the ledger."""
    id: tuple[str, ...] = ()
    """A document, SOURCE/PATH."""
    sha256: Annotated[tuple[Annotated[str, Field(pattern="^[0-9a-f]{64}$")], ...], Field()] = ()
    """Digest of a file or of a text."""
    origin: tuple[str, ...] = ()
    """Address; every document whose own address begins with it goes."""
    licence: tuple[str, ...] = ()
    """Every document under this licence goes."""
    source: tuple[str, ...] = ()
    """Every document of this source goes."""


def find_documents(corpus: Artifact, request: Request) -> list[Deleted]:
    """Return the documents that a request names, with all members of their clusters, by id."""
    columns = ["id", "raw_sha256", "sha256", "origin", "licence"]
    rows = pa.concat_tables([read_table(path, columns) for path in part_paths(corpus.path)])
    clusters = read_table(corpus.path / CLUSTERS)
    named = set(rows.filter(_matches(rows, request))["id"].to_pylist())
    members = clusters.filter(_matches(clusters, request))
    named |= set(members["id"].to_pylist()) | set(members["cluster"].to_pylist())
    whole = clusters.filter(pc.is_in(clusters["cluster"], pa.array(sorted(named), pa.string())))
    kept = rows.filter(pc.is_in(rows["id"], pa.array(sorted(named), pa.string())))
    found = {row["id"]: row for table in (whole, kept) for row in table.to_pylist()}
    return [
        Deleted(id_, (row["raw_sha256"] or b"").hex(), row["sha256"].hex(), request.reason)
        for id_, row in sorted(found.items())
    ]


def delete_from_corpus(
    corpus: Artifact, gone: Collection[Deleted], out: Path, *, replace: bool = False
) -> Artifact:
    """Return the corpus without these documents, and enter them in its ledger of deletions.

    It is the corpus that its recipe makes from now on. Raises InputError when none is left.
    """
    recipe = CorpusRecipe.model_validate(corpus.manifest.recipe)
    ids = pa.array([entry.id for entry in gone], pa.string())
    if not any(
        pc.any(_is_not_in(read_table(path, ["id"])["id"], ids)).as_py() for path in part_paths(corpus.path)
    ):
        raise InputError(f"{corpus.path}: no document would be left")
    ledger = Path(recipe.deletions)
    add_to_ledger(ledger, gone)
    digests = {**corpus.manifest.sources, "deletions": ledger_digest(ledger) or ""}
    inputs = [open_artifact(Path(entry.path), entry.kind) for entry in corpus.manifest.inputs]
    with staged(out, "corpus", recipe, inputs, digests, replace=replace) as draft:
        _copy_parts(corpus.path, draft.path, ids)
        _write_dropped(corpus.path / DROPPED, draft.path / DROPPED, gone)
        clusters = read_table(corpus.path / CLUSTERS)
        write_table(draft.path / CLUSTERS, clusters.filter(_is_not_in(clusters["id"], ids)))
        counts = corpus.manifest.counts
        count_contents(draft, [counts["masked"]], [counts["ignored"]])
        draft.environment |= _environment(corpus, draft.counts["by_format"])
    return open_artifact(out, "corpus")


def _environment(corpus: Artifact, formats: Collection[str]) -> dict[str, str]:
    """Return what made the corpus, without the readers of formats of which nothing is left."""
    return {
        name: version
        for name, version in corpus.manifest.environment.items()
        if not name.startswith(READER) or name.removeprefix(READER) in formats
    }


def _matches(rows: pa.Table, request: Request) -> pa.ChunkedArray:
    """Return which rows a request names; a table of clusters knows no origins and no licences."""
    digests = pa.array([bytes.fromhex(digest) for digest in request.sha256], pa.binary(32))
    matches = pc.is_in(rows["id"], pa.array(list(request.id), pa.string()))
    for column in ("raw_sha256", "sha256"):
        matches = pc.or_(matches, pc.is_in(rows[column], digests))
    for source in request.source:
        matches = pc.or_(matches, pc.starts_with(rows["id"], f"{source}/"))
    if "licence" in rows.column_names:
        matches = pc.or_(matches, pc.is_in(rows["licence"], pa.array(list(request.licence), pa.string())))
        for origin in request.origin:
            matches = pc.or_(matches, pc.starts_with(rows["origin"], origin))
    return matches


def _copy_parts(source: Path, target: Path, ids: pa.Array) -> None:
    """Write the parts that held a document anew, and share the others; an empty one is left out."""
    for path in part_paths(source):
        table = read_table(path)
        stays = _is_not_in(table["id"], ids)
        n_stay = pc.sum(stays).as_py() or 0
        if n_stay == len(table):
            share_file(path, target / path.name)
        elif n_stay:
            write_table(target / path.name, table.filter(stays))


def _write_dropped(source: Path, target: Path, gone: Collection[Deleted]) -> None:
    table = read_table(source).cast(DROPPED_SCHEMA)
    ids = pa.array([entry.id for entry in gone], pa.string())
    is_copy = pc.is_in(table["reason"], pa.array(DUPLICATES))
    rest = table.filter(pc.or_(pc.invert(is_copy), _is_not_in(table["id"], ids)))
    rows = [
        {"id": entry.id, "raw_sha256": bytes.fromhex(entry.raw_sha256) or None, "reason": DELETED,
         "detail": "", "beginning": ""}
        for entry in gone
    ]  # fmt: skip
    write_table(target, pa.concat_tables([rest, pa.Table.from_pylist(rows, schema=DROPPED_SCHEMA)]))


def _is_not_in(column: pa.ChunkedArray, ids: pa.Array) -> pa.ChunkedArray:
    return pc.invert(pc.is_in(column, ids))
