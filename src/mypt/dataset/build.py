"""A corpus becomes a dataset: encode, split, mix, place, write shards and the index of documents."""

import importlib.metadata
import importlib.util
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float64

from mypt.dataset.contamination import (
    HIGHEST_NAME,
    EvaluationFile,
    certificate,
    evaluation_digests,
    evaluation_texts,
    overlap_task,
    write_evaluation,
)
from mypt.dataset.contents import count_contents, count_denied
from mypt.dataset.document_table import DocumentTable, read_document_table
from mypt.dataset.layout import Placed, carry_out
from mypt.dataset.licence_policy import permitted, refuse_denied
from mypt.dataset.lineage import DOCUMENTS_NAME
from mypt.dataset.plan import PLAN_NAME
from mypt.dataset.recipe import DatasetRecipe
from mypt.dataset.shard_index import INDEX_SUFFIX
from mypt.dataset.shards import shard_task
from mypt.dataset.split import held_out, plan_hold_outs
from mypt.dataset.token_shards import dtype_name
from mypt.dataset.tokenise import LENGTHS_NAME, TOKENS_NAME, tokenise_task
from mypt.documents.parts import part_paths, read_batches, write_table
from mypt.execution.runner import EVERY_CORE, Execution, Progress, Runner, make_runner
from mypt.execution.task import Task
from mypt.files import storage_errors, write_json
from mypt.provenance.artifact import Artifact, find, open_artifact, staged
from mypt.tokenizer.registry import save_tokenizer, tokenizer_kind
from mypt.tokenizer.tokenizer import Tokenizer


@dataclass(frozen=True)
class Bench:
    """Where and by whom the work is done; none of it reaches the result."""

    runner: Runner
    store: Path
    progress: Progress | None = None

    def run(self, tasks: Sequence[Task]) -> None:
        """Run tasks and report."""
        self.runner.run(tasks, self.progress)


def build(
    recipe: DatasetRecipe,
    out: Path,
    *,
    replace: bool = False,
    progress: Progress | None = None,
    execution: Execution = EVERY_CORE,
) -> Artifact:
    """Return the dataset of a recipe, built or found as it was built before.

    What was computed on the way is kept, so that a killed build goes on. Raises
    ManifestMismatch when the corpus is not what its manifest says, and InputError when it
    cannot be split or mixed as the recipe says, or has texts under a licence it denies.
    """
    corpus = open_artifact(Path(recipe.corpus), "corpus")
    sources = evaluation_digests(recipe.evaluation)
    found = find(out, "dataset", recipe, [corpus], sources, replace=replace)
    if found is not None:
        return found
    tokenizer = _make_tokenizer(recipe, corpus)
    with storage_errors(execution.store(out)), make_runner(execution) as runner:
        bench = Bench(runner, execution.store(out), progress)
        tokens, table = _tokenised(corpus, tokenizer, bench)
        evaluation, highest = _overlaps(recipe, corpus, table, bench)
        is_permitted = permitted(recipe.licences, table.names("licence"))
        table, highest = table.select(is_permitted), highest[is_permitted]
        placed = carry_out(table, recipe, _may_train(recipe, table, highest), tokenizer)
        refuse_denied(recipe.licences, table.names("licence"), table.n_tokens * placed.times)
        dtype = dtype_name(tokenizer.base_vocab_size)
        tasks = [shard_task(placement, table, tokens, dtype, bench.store) for placement in placed.placements]
        bench.run(tasks)
    with staged(out, "dataset", recipe, [corpus], sources, replace=replace) as draft:
        for task, placement in zip(tasks, placed.placements, strict=True):
            _take(task, draft.path, placement.name)
        write_table(draft.path / DOCUMENTS_NAME, _document_rows(table, placed))
        write_json(draft.path / PLAN_NAME, placed.plan.model_dump(mode="json"))
        save_tokenizer(draft.path, tokenizer)
        count_contents(draft, tokenizer)
        count_denied(draft, recipe.licences, corpus)
        if evaluation is not None:
            draft.counts["decontamination"] = certificate(evaluation, table, highest, ~placed.is_held_out)
        draft.environment |= environment()
    return open_artifact(out, "dataset")


def _make_tokenizer(recipe: DatasetRecipe, corpus: Artifact) -> Tokenizer:
    """Held-out text never shapes the alphabet; its unknown characters fall back to bytes."""
    kind = tokenizer_kind(recipe.tokenizer)
    if recipe.plan is not None:
        return kind.from_json(recipe.plan.tokenizer)
    if recipe.tokenizer == "gpt2_bpe":
        return kind.from_texts(())
    paths = part_paths(corpus.path)
    table = read_document_table(paths)
    is_permitted = permitted(recipe.licences, table.names("licence"))
    shapes = is_permitted & ~_held_out(recipe, table)
    texts = (
        text.as_py() for path in paths for batch in read_batches(path, ["text"]) for text in batch.column(0)
    )
    return kind.from_texts(text for text, is_wanted in zip(texts, shapes, strict=True) if is_wanted)


def _held_out(recipe: DatasetRecipe, table: DocumentTable) -> Bool[np.ndarray, " n"]:
    """Return which documents a new plan holds out; those of denied licences do not count for it."""
    is_permitted = permitted(recipe.licences, table.names("licence"))
    own = table.select(is_permitted)
    result = np.zeros(len(table), dtype=bool)
    result[is_permitted] = held_out(own, plan_hold_outs(own, recipe.val_fraction, recipe.seed), recipe.seed)
    return result


def _tokenised(corpus: Artifact, tokenizer: Tokenizer, bench: Bench) -> tuple[list[Path], DocumentTable]:
    """Return the files of ids, one for each part of the corpus, and what they hold."""
    paths = part_paths(corpus.path)
    digests = [corpus.manifest.files[path.name].sha256 for path in paths]
    tasks = [
        tokenise_task(path, digest, tokenizer, bench.store)
        for path, digest in zip(paths, digests, strict=True)
    ]
    bench.run(tasks)
    lengths = [np.load(task.output / LENGTHS_NAME) for task in tasks]
    return [task.output / TOKENS_NAME for task in tasks], read_document_table(paths, lengths)


def _overlaps(
    recipe: DatasetRecipe, corpus: Artifact, table: DocumentTable, bench: Bench
) -> tuple[EvaluationFile | None, Float64[np.ndarray, " n"]]:
    """Return what is judged by, and each document's largest overlap with a text of it."""
    if recipe.decontamination is None or recipe.plan is not None:
        return None, np.zeros(len(table))
    paths = part_paths(corpus.path)
    is_held_out = _held_out(recipe, table)
    texts = evaluation_texts(paths, table, is_held_out, recipe.evaluation)
    evaluation = write_evaluation(texts, recipe.decontamination, bench.store)
    tasks = [
        overlap_task(path, corpus.manifest.files[path.name].sha256, evaluation, bench.store) for path in paths
    ]
    bench.run(tasks)
    return evaluation, np.concatenate([np.load(task.output / HIGHEST_NAME) for task in tasks])


def _may_train(
    recipe: DatasetRecipe, table: DocumentTable, highest: Float64[np.ndarray, " n"]
) -> Bool[np.ndarray, " n"]:
    """Return which documents hold too little of what is judged by to be left out."""
    if recipe.plan is not None:
        return ~np.isin(table.keys, np.array(recipe.plan.left_out, dtype=np.uint64))
    return highest < (recipe.decontamination.max_overlap if recipe.decontamination else np.inf)


def _take(task: Task, folder: Path, name: str) -> None:
    """Move a shard out of the work folder: it need not lie on the disk twice."""
    shutil.move(task.output / "shard.bin", folder / f"{name}.bin")
    shutil.move(task.output / "shard.idx.parquet", folder / f"{name}{INDEX_SUFFIX}")
    shutil.rmtree(task.output)


def _document_rows(table: DocumentTable, placed: Placed) -> pa.Table:
    """Return every document that is in a shard, with what it is and how often it comes."""
    splits = np.where(placed.is_held_out, "val", "train")
    rows = table.rows.append_column("split", pa.array(splits, pa.string()))
    rows = rows.append_column("n_tokens", pa.array(table.n_tokens))
    rows = rows.append_column("times", pa.array(placed.times))
    return rows.filter(pa.array(placed.times > 0))


def environment() -> dict[str, str]:
    """Return the versions of what writes the files of a dataset."""
    return {
        name: importlib.metadata.version(name)
        for name in ("gigatoken", "numba", "numpy", "pyarrow", "tiktoken")
        if importlib.util.find_spec(name) is not None
    }
