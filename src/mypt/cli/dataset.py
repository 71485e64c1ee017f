"""`mypt dataset`: text to tokens on disk, and everything that can be asked of them."""

import shutil
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mypt.cli.arguments import Out, Overrides, RecipePath, Replace, Workers, default_out
from mypt.cli.console import note, progress_bar
from mypt.config import load
from mypt.corpus.build import build as build_corpus
from mypt.corpus.delete import Request, delete_from_corpus, find_documents
from mypt.corpus.lock import lock_path, read_lock
from mypt.corpus.recipe import CorpusRecipe
from mypt.dataset.build import build as build_dataset
from mypt.dataset.delete import Deletion, delete_documents
from mypt.dataset.prove import prove as prove_dataset
from mypt.dataset.recipe import DatasetRecipe
from mypt.errors import ArtifactError
from mypt.execution.runner import EVERY_CORE
from mypt.files import write_json
from mypt.provenance.artifact import open_artifact
from mypt.provenance.descendants import descendants

DatasetPath = Annotated[Path, Parameter(help="Folder of a dataset.")]


def build(
    recipe: RecipePath,
    *,
    corpus: Annotated[Path | None, Parameter(help="Recipe of the corpus, to build that first.")] = None,
    out: Out = None,
    overrides: Overrides = (),
    replace: Replace = False,
    execution: Workers = EVERY_CORE,
) -> None:
    """Turn a corpus into token shards, and print their folder."""
    if corpus is not None:
        folder = default_out(corpus, "corpus")
        with progress_bar("corpus") as progress:
            made = build_corpus(
                load(corpus, CorpusRecipe),
                folder,
                replace=replace,
                progress=progress,
                execution=execution,
                lock=read_lock(lock_path(corpus)),
            )
        overrides = (*overrides, f"corpus={made.path.as_posix()}")
    loaded = load(recipe, DatasetRecipe, overrides)
    with progress_bar("dataset") as progress:
        artifact = build_dataset(
            loaded, out or default_out(recipe, "dataset"), replace=replace, progress=progress,
            execution=execution,
        )  # fmt: skip
    print(artifact.path)


def prove(dataset: DatasetPath, *, execution: Workers = EVERY_CORE) -> None:
    """Build a dataset once more from its corpus and compare: the same root, or an error."""
    artifact = open_artifact(dataset, "dataset")
    proof = prove_dataset(artifact, dataset.parent, execution)
    if not proof.holds:
        raise ArtifactError(
            f"{dataset}: its root is {proof.root}, a second build gave {proof.rebuilt}; "
            f"differing: {', '.join(proof.differing)}",
            hint="the recipe, the corpus or this software is not what made it: see `mypt trace`",
        )
    print(proof.root)


def delete(
    dataset: DatasetPath,
    request: Annotated[Request, Parameter(name="*")],
    *,
    apply: Annotated[bool, Parameter(negative="", help="Do it; without, it is only said.")] = False,
) -> None:
    """Take documents and all their copies out of a dataset and its corpus, in place.

    Only the shards that hold them are written anew. What was deleted never comes back:
    its digests stand in the ledger of the corpus. What builds kept on the way is removed.
    """
    artifact = open_artifact(dataset, "dataset")
    corpus = open_artifact(Path(artifact.manifest.recipe["corpus"]), "corpus")
    gone = find_documents(corpus, request)
    if not apply:
        print("\n".join(entry.id for entry in gone))
        note(f"{len(gone)} documents would be deleted; add --apply to do it")
        return
    trained = [path for path, manifest in descendants(artifact.digest, Path()) if manifest.kind == "model"]
    after = delete_from_corpus(corpus, gone, corpus.path, replace=True)
    texts = [bytes.fromhex(entry.sha256) for entry in gone]
    deletion = delete_documents(artifact, after, texts, dataset, replace=True)
    record = {
        "request": request.model_dump(mode="json"),
        "documents": [entry.id for entry in gone],
        "before": artifact.manifest.model_dump(mode="json"),
        "after": deletion.after.manifest.model_dump(mode="json"),
        "models": [path.as_posix() for path in trained],
    }
    proof = dataset.parent / f"deletion-{deletion.after.manifest.counts['root'][:12]}.json"
    write_json(proof, record)
    for folder in {EVERY_CORE.store(dataset), EVERY_CORE.store(corpus.path)}:
        shutil.rmtree(folder, ignore_errors=True)
    print("\n".join([*_outcome(deletion, len(gone), trained), f"record: {proof}"]))


def _outcome(deletion: Deletion, n_documents: int, trained: list[Path]) -> list[str]:
    rewritten = ", ".join(deletion.rewritten)
    models = [f"model trained on it: {path}" for path in trained] or ["no model here was trained on it"]
    return [
        f"deleted {n_documents} documents, {deletion.n_tokens:,} tokens",
        f"root before {deletion.before}",
        f"root after  {deletion.after.manifest.counts['root']}",
        f"written anew: {len(deletion.rewritten)} of {deletion.n_shards} shards ({rewritten})",
        *models,
    ]
