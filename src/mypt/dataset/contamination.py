"""Training documents that hold what is judged by are left out: tasks over the parts, and one certificate."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float64

from mypt.config import fingerprint
from mypt.dataset.decontaminate import (
    DecontaminationConfig,
    EvaluationSet,
    certify,
    digest_of_digests,
)
from mypt.dataset.document_table import DocumentTable
from mypt.documents.boilerplate import without_boilerplate
from mypt.documents.parts import part_paths, read_batches, read_table, write_table
from mypt.documents.raw_file import Unreadable
from mypt.documents.records import read_records, records_format
from mypt.documents.words import Texts
from mypt.errors import InputError
from mypt.execution.task import Task
from mypt.files import read_text, sha256_file

HIGHEST_NAME = "highest.npy"


@dataclass(frozen=True)
class EvaluationFile:
    """The texts of everything that is judged by, in one table."""

    path: Path
    digest: str
    config: DecontaminationConfig


def evaluation_texts(
    parts: Sequence[Path], table: DocumentTable, is_held_out: Bool[np.ndarray, " n"], others: Sequence[str]
) -> list[str]:
    """Return the held-out documents and the texts of other files and corpora; InputError when one is gone."""
    further = [text for name in others for text in _texts_of(Path(name))]
    return [*_held_out_texts(parts, table, is_held_out), *further]


def write_evaluation(texts: Sequence[str], config: DecontaminationConfig, store: Path) -> EvaluationFile:
    """Keep the texts that are judged by where every task finds them."""
    digest = fingerprint(texts)
    path = store / "evaluation" / f"{digest}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_table(path, pa.table({"text": pa.array(texts, pa.string())}))
    return EvaluationFile(path, digest, config)


def certificate(
    evaluation: EvaluationFile,
    table: DocumentTable,
    highest: Float64[np.ndarray, " n"],
    is_training: Bool[np.ndarray, " n"],
) -> dict[str, Any]:
    """Return what was compared and how much is left, for a manifest."""
    stays = is_training & (highest < evaluation.config.max_overlap)
    digests = table.rows["sha256"].filter(pa.array(stays)).to_pylist()
    judged = load_evaluation(evaluation.path, evaluation.config)
    return dict(certify(judged, highest[is_training], digest_of_digests(digests)).to_row())


def overlap_task(part: Path, part_digest: str, evaluation: EvaluationFile, store: Path) -> Task:
    """Return the task that measures how much each document of a part holds of a text that is judged by."""
    values = evaluation.config.model_dump(mode="json")
    return Task(
        "mypt.dataset.contamination:measure_overlaps",
        {"part": part.as_posix(), "evaluation": evaluation.path.as_posix(), "config": values},
        {"part": part_digest, "evaluation": evaluation.digest, "config": values, "version": 2},
        store,
    )


def measure_overlaps(arguments: Mapping[str, Any], folder: Path) -> None:
    """Write the largest overlap of each document, from 0 to 1."""
    evaluation = load_evaluation(Path(arguments["evaluation"]), DecontaminationConfig(**arguments["config"]))
    batches = read_batches(Path(arguments["part"]), ["text"])
    texts = (_comparable(batch.column(0).to_pylist()) for batch in batches)
    highest = [evaluation.overlaps(Texts.from_strings(part)).highest() for part in texts]
    np.save(folder / HIGHEST_NAME, np.concatenate([np.zeros(0), *highest]))


@lru_cache(maxsize=1)
def load_evaluation(path: Path, config: DecontaminationConfig) -> EvaluationSet:
    """Return the texts that are judged by, ready to be looked for; the last one is kept for the next part."""
    return EvaluationSet(_comparable(read_table(path)["text"].to_pylist()), config)


def _comparable(texts: Sequence[str]) -> list[str]:
    """A licence header that thousands of files share is nothing that anybody is judged by."""
    return [without_boilerplate(text) for text in texts]


def evaluation_digests(names: Sequence[str]) -> dict[str, str]:
    """Return what binds the files and corpora that are judged by, for a manifest."""
    return {f"evaluation/{name}": fingerprint(list(_digests_of(Path(name)))) for name in names}


def _held_out_texts(
    parts: Sequence[Path], table: DocumentTable, is_held_out: Bool[np.ndarray, " n"]
) -> Iterator[str]:
    for number, part in enumerate(parts):
        own = is_held_out[table.parts == number]
        if own.any():
            yield from read_table(part, ["text"])["text"].filter(pa.array(own)).to_pylist()


def _texts_of(path: Path) -> Iterator[str]:
    for file in _files_of(path):
        if records_format(file.name) is None:
            yield read_text(file)
            continue
        try:
            yield from read_records(file, "text")
        except Unreadable as error:
            raise InputError(f"{file}: {error}", hint="see `evaluation` of the recipe") from error


def _digests_of(path: Path) -> Iterator[str]:
    return (sha256_file(file) for file in _files_of(path))


def _files_of(path: Path) -> list[Path]:
    """Return a file itself; of a corpus its parts; of another folder every file in it."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError(f"{path}: evaluation text that is not there", hint="see `evaluation` of the recipe")
    if (path / "manifest.json").is_file():
        return part_paths(path)
    return sorted(file for file in path.rglob("*") if file.is_file())
