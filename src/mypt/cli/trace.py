"""`mypt trace`: from an artifact, a token or a document to where it came from and where it went."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import pyarrow.compute as pc
from cyclopts import Parameter

from mypt.corpus.contents import READER
from mypt.corpus.sources.fetched import read_pin
from mypt.corpus.tables import CLUSTERS, DROPPED
from mypt.dataset.lineage import Lineage
from mypt.documents.parts import part_paths, read_table
from mypt.errors import InputError
from mypt.provenance.artifact import Artifact
from mypt.provenance.descendants import descendants
from mypt.provenance.trace import Link, trace_back


def trace(
    artifact: Annotated[Path, Parameter(help="Folder of any artifact.")],
    *,
    shard: Annotated[str | None, Parameter(help="A shard of the dataset, such as train-00000.")] = None,
    offset: Annotated[int | None, Parameter(help="A token of that shard, from 0.")] = None,
    document: Annotated[str | None, Parameter(help="A document by its id, SOURCE/PATH.")] = None,
) -> None:
    """Show what an artifact was made from, each file checked against its manifest.

    With --shard and --offset: which document a token belongs to, its source and licence. With
    --document: every shard, dataset and model that it went into, or why it was left out.
    """
    links = trace_back(artifact)
    if shard is None and document is None:
        print("\n".join(line for link in links for line in _lines(link)))
        return
    if shard is not None:
        row, span = Lineage.open(_only_dataset(links).path).document_at(shard, offset or 0)
        last = span.start + span.n_tokens - 1
        print(f"token {offset or 0} of {shard}: one of {span.start} to {last}, document {row['id']}")
        document = str(row["id"])
    corpora = [link.artifact for link in links if link.artifact.manifest.kind == "corpus"]
    told = [line for corpus in corpora for line in _about(corpus, str(document))]
    if not told:
        raise InputError(f"{artifact}: was made from no document {document!r}", hint="ids are SOURCE/PATH")
    print("\n".join([*told, *_places(links, str(document)), *_went_into(corpora)]))


def _only_dataset(links: list[Link]) -> Artifact:
    datasets = [link.artifact for link in links if link.artifact.manifest.kind == "dataset"]
    if len({dataset.digest for dataset in datasets}) != 1:
        raise InputError(
            f"a shard belongs to one dataset, and {links[0].artifact.path} was made from {len(datasets)}",
            hint="give the folder of the dataset",
        )
    return datasets[0]


def _about(corpus: Artifact, document: str) -> list[str]:
    """Say what a corpus knows of a document: where it is from, how it was read, or why it was left out."""
    for path in part_paths(corpus.path):
        for row in _rows(path, document):
            return _kept(corpus, row)
    rows = _rows(corpus.path / DROPPED, document)
    return [f"{document}: left out of {corpus.path}: {row['reason']}: {row['detail']}" for row in rows]


def _kept(corpus: Artifact, row: dict[str, Any]) -> list[str]:
    source = next(s for s in corpus.manifest.recipe["sources"] if s["name"] == row["id"].partition("/")[0])
    pinned = _pinned(corpus, source["name"])
    copies = _rows(corpus.path / CLUSTERS, row["id"], column="cluster")
    lines = [
        f"document {row['id']}",
        f"   source   {source['kind']} {source['name']}, {pinned}",
        f"   origin   {row['origin'] or '-'}",
        f"   licence  {row['licence']}",
        f"   file     sha256 {row['raw_sha256'].hex()}",
        f"   text     sha256 {row['sha256'].hex()}, {row['n_bytes']:,} bytes, {row['language']}",
        f"   rules    {_rules(corpus, source, row['format'])}",
    ]
    return lines + [
        f"   copy     {copy['id']} ({copy['similarity']:.2f} alike)"
        for copy in copies
        if copy["id"] != row["id"]
    ]


def _rules(corpus: Artifact, source: Mapping[str, Any], format_: str) -> str:
    """Return what read a document and what judged it, each with its version."""
    environment = corpus.manifest.environment
    reader = environment.get(READER + format_, "-")
    profile = (corpus.manifest.recipe["clean"]["profile"] or {}).get("base", source["profile"])
    cleaning = environment.get("cleaning", "-")
    return f"read as {format_} (reader {reader}), judged by the profile {profile} (cleaning {cleaning})"


def _pinned(corpus: Artifact, name: str) -> str:
    """Return the revision and the downloads that a source was fetched from."""
    for entry in corpus.manifest.inputs:
        if entry.kind == "source" and Path(entry.path).name == name:
            pin = read_pin(Path(entry.path))
            downloads = ", ".join(f"{one.url} sha256 {one.sha256}" for one in pin.downloads[:3])
            return " ".join(part for part in (pin.revision, downloads) if part)
    return "as it lies"


def _places(links: list[Link], document: str) -> list[str]:
    """Say where the tokens of a document lie in each dataset on the way."""
    lines = []
    for link in links:
        if link.artifact.manifest.kind == "dataset":
            lineage = Lineage.open(link.artifact.path)
            try:
                row = lineage.find(document)
            except InputError:
                continue
            lines += [
                f"   in       {link.artifact.path}/{span.shard}.bin, tokens {span.start:,} to "
                f"{span.start + span.n_tokens - 1:,}"
                for span in lineage.spans(row)
            ]
    return lines


def _went_into(corpora: list[Artifact]) -> list[str]:
    """Say what was made from the corpora, as far as it lies below this folder."""
    found = {path: manifest for corpus in corpora for path, manifest in descendants(corpus.digest, Path())}
    return [f"   made     {manifest.kind} {path}" for path, manifest in sorted(found.items())]


def _rows(path: Path, document: str, column: str = "id") -> list[dict[str, Any]]:
    names = read_table(path, [column])[column]
    if not pc.any(pc.equal(names, document)).as_py():
        return []
    table = read_table(path)
    return table.filter(pc.equal(table[column], document)).to_pylist()


def _lines(link: Link) -> list[str]:
    indent = "   " * link.depth
    manifest = link.artifact.manifest
    size = sum(entry.bytes for entry in manifest.files.values())
    lines = [
        f"{indent}{manifest.kind} {link.artifact.path}",
        f"{indent}   digest   {link.artifact.digest}",
        f"{indent}   recipe   {manifest.fingerprint}",
        f"{indent}   files    {len(manifest.files)}, {size:,} bytes, all as sealed",
    ]
    licences = ", ".join(f"{name} ({count} documents)" for name, count in manifest.licences.items())
    return [*lines, f"{indent}   licences {licences or '-'}"]
