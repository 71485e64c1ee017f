"""Sources become a corpus: read, clean, judge, find copies, write, seal."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mypt.corpus.contents import count_contents, environment
from mypt.corpus.deletions import ledger_digest, read_ledger
from mypt.corpus.duplicates import Candidates, Copies, find_copies, read_candidates
from mypt.corpus.listing import SourceFile
from mypt.corpus.lock import Lock
from mypt.corpus.prepare import DROPPED_NAME, MASKED_NAME, prepare_task
from mypt.corpus.recipe import CorpusRecipe
from mypt.corpus.source import Source, open_sources
from mypt.corpus.tables import CLUSTERS, DROPPED, write_clusters, write_dropped
from mypt.corpus.transform import file_groups, transform_task
from mypt.corpus.write_part import PART_NAME, part_task
from mypt.documents.parts import read_batches
from mypt.documents.raw_file import UNREADABLE
from mypt.errors import InputError
from mypt.execution.runner import EVERY_CORE, Execution, Progress, Runner, make_runner
from mypt.execution.task import Task
from mypt.files import read_json, storage_errors
from mypt.provenance.artifact import Artifact, find, open_artifact, staged

_NO_LOCK = Lock()


def build(
    recipe: CorpusRecipe,
    out: Path,
    *,
    replace: bool = False,
    progress: Progress | None = None,
    execution: Execution = EVERY_CORE,
    lock: Lock = _NO_LOCK,
) -> Artifact:
    """Return the corpus of a recipe, built or found as it was built before.

    What was computed on the way is kept, so that a killed build goes on and a changed one
    does only what changed. Raises InputError when a source has nothing to give, or for a
    file that cannot be read where the recipe does not say to drop it.
    """
    _refuse_to_write_into_a_source(recipe, out)
    sources = open_sources(recipe, lock)
    inputs = [source.artifact for source in sources if source.artifact is not None]
    digests = _digests(recipe, sources)
    found = find(out, "corpus", recipe, inputs, digests, replace=replace)
    if found is not None:
        return found
    store = execution.store(out)
    with storage_errors(store), make_runner(execution) as runner:
        prepared = prepare_all(recipe, sources, runner, store, progress)
        folders = [task.output for task in prepared]
        _refuse_unreadable(folders, recipe, sources)
        everything = read_candidates(folders)
        is_deleted = _is_deleted(everything, Path(recipe.deletions))
        candidates = everything.select(~is_deleted)
        copies = find_copies(candidates, recipe.near_duplicates, store)
        parts = _part_tasks(prepared, candidates, copies)
        _refuse_an_empty_corpus(parts, folders)
        runner.run(parts, progress)
    with staged(out, "corpus", recipe, inputs, digests, replace=replace) as draft:
        for number, part in enumerate(parts):
            shutil.move(part.output / PART_NAME, draft.path / f"documents-{number:05d}.parquet")
        write_dropped(draft.path / DROPPED, folders, candidates, copies, everything.select(is_deleted))
        write_clusters(draft.path / CLUSTERS, candidates, copies)
        masked = [read_json(folder / MASKED_NAME) for folder in folders]
        count_contents(draft, masked, [source.listing.ignored for source in sources])
        draft.environment |= environment(draft.counts["by_format"])
    return open_artifact(out, "corpus")


def prepare_all(
    recipe: CorpusRecipe, sources: Sequence[Source], runner: Runner, store: Path, progress: Progress | None
) -> list[Task]:
    """Read and clean every file; return the tasks, done, in the order of the documents."""
    texts = transform_all(sources, runner, store, progress)
    prepared = [prepare_task(source, group, text, recipe.clean) for source, group, text in texts]
    runner.run(prepared, progress)
    return prepared


def transform_all(
    sources: Sequence[Source], runner: Runner, store: Path, progress: Progress | None
) -> list[tuple[Source, list[SourceFile], Task]]:
    """Read every file; return the groups of files with the tasks that read them, done."""
    groups = [(source, group) for source in sources for group in file_groups(source.listing.files)]
    tasks = [transform_task(source, group, store) for source, group in groups]
    runner.run(tasks, progress)
    return [(source, group, task) for (source, group), task in zip(groups, tasks, strict=True)]


def _digests(recipe: CorpusRecipe, sources: Sequence[Source]) -> dict[str, str]:
    """Return what binds every source, and the ledger of what was deleted."""
    digests = {source.settings.name: source.listing.digest for source in sources}
    ledger = ledger_digest(Path(recipe.deletions))
    return digests | ({"deletions": ledger} if ledger else {})


def _is_deleted(candidates: Candidates, ledger: Path) -> np.ndarray:
    """Return which documents may not come back: by their file, or by their text."""
    gone = read_ledger(ledger)
    files = pa.array([bytes.fromhex(entry.raw_sha256) for entry in gone], pa.binary(32))
    texts = pa.array([bytes.fromhex(entry.sha256) for entry in gone], pa.binary(32))
    rows = candidates.rows
    either = pc.or_(pc.is_in(rows["raw_sha256"], files), pc.is_in(rows["sha256"], texts))
    return either.to_numpy()


def _part_tasks(prepared: Sequence[Task], candidates: Candidates, copies: Copies) -> list[Task]:
    """Return a task for each group of files of which a document is kept."""
    tasks = []
    for number, task in enumerate(prepared):
        kept = candidates.places[copies.is_kept & (candidates.groups == number)]
        if len(kept):
            tasks.append(part_task(task, kept))
    return tasks


def _refuse_unreadable(folders: Sequence[Path], recipe: CorpusRecipe, sources: Sequence[Source]) -> None:
    if recipe.on_unreadable == "drop":
        return
    roots = {source.settings.name: source.root for source in sources}
    for folder in folders:
        for batch in read_batches(folder / DROPPED_NAME, ["id", "reason", "detail"]):
            for row in batch.to_pylist():
                if row["reason"] in UNREADABLE:
                    name, _, path = row["id"].partition("/")
                    raise InputError(
                        f"{(roots[name] / path).as_posix()}: {row['reason']}: {row['detail']}",
                        hint="convert it or take it away; "
                        "or build without such files: --set on_unreadable=drop",
                    )


def _refuse_an_empty_corpus(parts: Sequence[Task], folders: Sequence[Path]) -> None:
    if parts:
        return
    batches = (batch for folder in folders for batch in read_batches(folder / DROPPED_NAME, ["reason"]))
    reasons = sorted({reason for batch in batches for reason in batch.column(0).to_pylist()})
    raise InputError(f"no usable document; every file was dropped: {', '.join(reasons)}", hint=_LOOK)


_LOOK = "look at one of the files: it holds no text, or none that its profile lets pass"


def _refuse_to_write_into_a_source(recipe: CorpusRecipe, out: Path) -> None:
    for source in recipe.sources:
        folder = getattr(source, "path", None) or getattr(source, "folder", None)
        if folder and out.resolve().is_relative_to(Path(folder).resolve()):
            raise InputError(
                f"{out}: lies inside {folder}, a source of the corpus",
                hint="choose another folder with --out",
            )
