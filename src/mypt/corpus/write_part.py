"""The task that writes the documents of a group that stay in the corpus."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mypt.corpus.prepare import DOCUMENTS_NAME
from mypt.documents.parts import DOCUMENT_SCHEMA, read_batches, table_writer
from mypt.execution.task import Task

PART_NAME = "part.parquet"


def part_task(prepared: Task, kept: NDArray[np.int64]) -> Task:
    """Return the task, given the numbers of the documents of a group that stay."""
    numbers = kept.tolist()
    return Task(
        "mypt.corpus.write_part:write_part",
        {"documents": (prepared.output / DOCUMENTS_NAME).as_posix(), "kept": numbers},
        {"documents": prepared.key, "kept": numbers},
        prepared.store,
    )


def write_part(arguments: Mapping[str, Any], folder: Path) -> None:
    """Copy the rows that stay."""
    kept = np.array(arguments["kept"])
    done = 0
    with table_writer(folder / PART_NAME, DOCUMENT_SCHEMA) as writer:
        for batch in read_batches(Path(arguments["documents"])):
            own = kept[(kept >= done) & (kept < done + len(batch))] - done
            writer.write_batch(batch.take(pa.array(own)))
            done += len(batch)
