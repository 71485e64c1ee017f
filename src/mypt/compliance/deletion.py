"""A request for deletion, carried out in a dataset and its corpus, and the record of it.

What is to be done is written down first: a deletion that was killed anywhere is finished by the
next one, and its record says what it would have said.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mypt.corpus.delete import Request, delete_from_corpus, find_documents
from mypt.corpus.deletions import Deleted, read_ledger
from mypt.corpus.recipe import CorpusRecipe
from mypt.corpus.tables import DELETED, DROPPED
from mypt.dataset.delete import delete_documents, documents_without
from mypt.dataset.lineage import Lineage
from mypt.documents.parts import part_paths, read_table
from mypt.errors import InputError
from mypt.execution.runner import EVERY_CORE
from mypt.files import read_json, write_json
from mypt.provenance.artifact import Artifact, open_artifact, recover
from mypt.provenance.descendants import descendants, manifests
from mypt.provenance.manifest import Kind, Manifest


@dataclass(frozen=True)
class Outcome:
    """What a deletion did, as its record says it."""

    documents: tuple[Deleted, ...]
    before: Manifest
    """The dataset as it was."""
    after: Manifest
    models: tuple[Path, ...]
    """What was trained on the dataset as it was."""
    others: tuple[Path, ...]
    """Other datasets of the same corpus, which hold what they held until they are asked too."""
    record: Path

    @property
    def shards(self) -> list[str]:
        """Return the names of the shards that there were."""
        return sorted(name for name in self.before.files if name.endswith(".bin"))

    @property
    def rewritten(self) -> list[str]:
        """Return the names of the shards that held a deleted document."""
        return [name for name in self.shards if self.after.files.get(name) != self.before.files[name]]

    @property
    def n_tokens(self) -> int:
        """Return how many tokens are gone, repeated ones counted again."""
        before, after = (manifest.counts["tokens"] for manifest in (self.before, self.after))
        return sum(before.get(split, 0) - after.get(split, 0) for split in ("train", "val"))


def to_delete(path: Path, request: Request) -> list[Deleted]:
    """Return what a request deletes, by id: what it names in the corpus of a dataset, with every copy.

    So does what was deleted from that corpus for another dataset, and this one still holds.
    Raises InputError when there is neither.
    """
    dataset = _open(path, "dataset")
    corpus = _corpus_of(dataset)
    ledger = Path(CorpusRecipe.model_validate(corpus.manifest.recipe).deletions)
    held = _texts(dataset)
    left = [entry for entry in read_ledger(ledger) if bytes.fromhex(entry.sha256) in held]
    found = {entry.id: entry for entry in (*left, *find_documents(corpus, request))}
    if not found:
        raise InputError(
            f"{corpus.path}: no document that the request names",
            hint="`mypt trace` finds a document by a token of a shard; ids are SOURCE/PATH",
        )
    return [found[id_] for id_ in sorted(found)]


def delete(path: Path, request: Request) -> Outcome:
    """Take what a request deletes out of a dataset and its corpus, in place, and keep a record beside.

    Finishes first what a killed deletion began. Removes the folders `work` beside dataset and
    corpus, where builds keep texts. Raises InputError when nothing would be left to train
    on, or the corpus is no longer the one that the dataset was made of.
    """
    begun = _begun(path)
    if begun.is_file():
        task = read_json(begun)
        outcome = _carry_out(path, task)
        if Request.model_validate(task["request"]) == request:
            return outcome
    documents = to_delete(path, request)
    dataset = _open(path, "dataset")
    documents_without(dataset, _digests(documents))
    _refuse_another_corpus(dataset, documents)
    models = [model for model, manifest in descendants(dataset.digest, Path()) if manifest.kind == "model"]
    task = {
        "request": request.model_dump(mode="json"),
        "documents": [asdict(entry) for entry in documents],
        "before": dataset.manifest.model_dump(mode="json"),
        "models": [model.as_posix() for model in models],
    }
    write_json(begun, task)
    return _carry_out(path, task)


def _begun(path: Path) -> Path:
    return path.with_name(f".{path.name}.deletion.json")


def _carry_out(path: Path, task: Mapping[str, Any]) -> Outcome:
    """Do what is left of a deletion; each step sees whether it was done."""
    documents = [Deleted(**row) for row in task["documents"]]
    dataset = _open(path, "dataset")
    corpus = _without(_corpus_of(dataset), documents)
    if corpus.as_input() not in dataset.manifest.inputs:
        dataset = delete_documents(dataset, corpus, _digests(documents), path, replace=True)
    for folder in (path, corpus.path):
        shutil.rmtree(EVERY_CORE.store(folder), ignore_errors=True)
    after = dataset.manifest.model_dump(mode="json")
    record = path.with_name(f"deletion-{after['counts']['root'][:12]}.json")
    write_json(record, {**task, "after": after})
    outcome = Outcome(
        tuple(documents),
        Manifest.model_validate(task["before"]),
        dataset.manifest,
        tuple(map(Path, task["models"])),
        tuple(_others(dataset, corpus)),
        record,
    )
    _begun(path).unlink()
    return outcome


def _without(corpus: Artifact, documents: Sequence[Deleted]) -> Artifact:
    """Return the corpus without these documents, as it may be already."""
    rows = read_table(corpus.path / DROPPED, ["id", "reason"]).to_pylist()
    done = {row["id"] for row in rows if row["reason"] == DELETED}
    rest = [entry for entry in documents if entry.id not in done]
    return delete_from_corpus(corpus, rest, corpus.path, replace=True) if rest else corpus


def _others(dataset: Artifact, corpus: Artifact) -> list[Path]:
    """Return the other datasets below this folder that were made of the corpus as it was."""
    return [
        path
        for path, manifest in manifests(Path())
        if manifest.kind == "dataset"
        and path.resolve() != dataset.path.resolve()
        and Path(manifest.recipe["corpus"]).resolve() == corpus.path.resolve()
        and corpus.digest not in {entry.digest for entry in manifest.inputs}
    ]


def _refuse_another_corpus(dataset: Artifact, documents: Sequence[Deleted]) -> None:
    corpus = _corpus_of(dataset)
    if not _texts(dataset) <= {*_texts_of_corpus(corpus), *_digests(documents)}:
        raise InputError(
            f"{corpus.path}: lacks documents that {dataset.path} holds, so it is not what that was made of",
            hint="build the dataset anew: nothing comes back that the ledger of deletions names",
        )


def _digests(documents: Sequence[Deleted]) -> list[bytes]:
    return [bytes.fromhex(entry.sha256) for entry in documents]


def _texts(dataset: Artifact) -> set[bytes]:
    return set(Lineage.open(dataset.path).documents["sha256"].to_pylist())


def _texts_of_corpus(corpus: Artifact) -> set[bytes]:
    return {
        digest for part in part_paths(corpus.path) for digest in read_table(part, ["sha256"])[0].to_pylist()
    }


def _corpus_of(dataset: Artifact) -> Artifact:
    return _open(Path(dataset.manifest.recipe["corpus"]), "corpus")


def _open(path: Path, kind: Kind) -> Artifact:
    recover(path)
    return open_artifact(path, kind)
