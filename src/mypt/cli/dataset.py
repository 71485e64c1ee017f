"""`mypt dataset`: text to tokens on disk, and everything that can be asked of them."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mypt.cli.arguments import Out, Overrides, RecipePath, Replace, Workers, default_out
from mypt.cli.console import note, progress_bar
from mypt.compliance.deletion import Outcome, to_delete
from mypt.compliance.deletion import delete as delete_from_dataset
from mypt.config import load
from mypt.corpus.build import build as build_corpus
from mypt.corpus.delete import Request
from mypt.corpus.lock import lock_path, read_lock
from mypt.corpus.recipe import CorpusRecipe
from mypt.dataset.build import build as build_dataset
from mypt.dataset.prove import prove as prove_dataset
from mypt.dataset.recipe import DatasetRecipe
from mypt.errors import ArtifactError
from mypt.execution.runner import EVERY_CORE
from mypt.provenance.artifact import open_artifact

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

    Only the shards that hold them are written anew. What was deleted never comes back: its
    digests stand in the ledger of the corpus. The folders `work` beside the two are removed;
    what lies in the sources themselves, or in a folder given with --work, is yours to remove.
    """
    if not apply:
        documents = to_delete(dataset, request)
        print("\n".join(entry.id for entry in documents))
        note(f"{len(documents)} documents would be deleted; add --apply to do it")
        return
    print("\n".join(_lines(delete_from_dataset(dataset, request))))


def _lines(outcome: Outcome) -> list[str]:
    rewritten = ", ".join(name.removesuffix(".bin") for name in outcome.rewritten)
    models = [f"model trained on it: {path}" for path in outcome.models] or [
        "no model here was trained on it"
    ]
    return [
        f"deleted {len(outcome.documents)} documents, {outcome.n_tokens:,} tokens",
        f"root before {outcome.before.counts['root']}",
        f"root after  {outcome.after.counts['root']}",
        f"written anew: {len(outcome.rewritten)} of {len(outcome.shards)} shards ({rewritten})",
        *models,
        *(f"not changed: dataset {path} of the same corpus; ask it too" for path in outcome.others),
        f"record: {outcome.record}",
    ]
