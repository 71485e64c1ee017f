"""A part holds the rows that stay, in their order."""

from pathlib import Path

import numpy as np

from mypt.corpus.prepare import DOCUMENTS_NAME
from mypt.corpus.write_part import PART_NAME, part_task, write_part
from mypt.documents.document import Document
from mypt.documents.parts import read_table, to_table, write_table
from mypt.execution.task import Task


def test_rows_are_chosen_by_their_numbers_over_many_batches(tmp_path: Path) -> None:
    documents = [Document(f"a/{n:04d}", "", "MIT", "en", f"text {n}") for n in range(2500)]
    write_table(tmp_path / DOCUMENTS_NAME, to_table(documents))
    kept = [0, 3, 1023, 1024, 2499]

    write_part({"documents": str(tmp_path / DOCUMENTS_NAME), "kept": kept}, tmp_path)

    assert read_table(tmp_path / PART_NAME)["id"].to_pylist() == [f"a/{n:04d}" for n in kept]


def test_another_choice_is_another_task(tmp_path: Path) -> None:
    prepared = Task("m:f", {}, {"x": 1}, tmp_path)

    keys = {part_task(prepared, np.array(kept)).key for kept in ([1], [1], [1, 2])}

    assert len(keys) == 2
