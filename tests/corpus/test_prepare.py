"""Texts become documents with all that was given and all that was found, or rows of what was dropped."""

from pathlib import Path

import numpy as np
import pytest

from mypt.corpus.clean import CleanSettings
from mypt.corpus.lock import Lock
from mypt.corpus.prepare import DOCUMENTS_NAME, DROPPED_NAME, SIGNATURES_NAME, prepare_task
from mypt.corpus.sensitive import SensitivePolicy
from mypt.corpus.source import open_sources
from mypt.corpus.transform import transform_task
from mypt.documents.parts import read_table
from mypt.execution.task import Task
from tests.corpus.corpora import corpus_recipe, essay, write_files


def prepared(folder: Path, **source: object) -> Task:
    write_files(folder / "texts", {"a.txt": essay("one"), "b.txt": " ", "c/d.txt": essay("two")})
    recipe = corpus_recipe(folder / "texts", source=source)
    (opened,) = open_sources(recipe, Lock())
    texts = transform_task(opened, opened.listing.files, folder / "work")
    texts.run()
    return prepare_task(opened, opened.listing.files, texts, recipe.clean)


def test_documents_have_what_their_source_says_of_them(tmp_path: Path) -> None:
    task = prepared(tmp_path, origin="https://example.org", category="domain", language="en")

    task.run()

    rows = read_table(task.output / DOCUMENTS_NAME).to_pylist()
    assert [row["id"] for row in rows] == ["a/a.txt", "a/c/d.txt"]
    for row in rows:
        assert (row["origin"], row["licence"], row["category"]) == ("https://example.org", "MIT", "domain")
        assert (row["language"], row["format"], row["n_bytes"]) == ("en", "text", len(row["text"]))


def test_what_is_dropped_has_a_reason(tmp_path: Path) -> None:
    task = prepared(tmp_path)

    task.run()

    (row,) = read_table(task.output / DROPPED_NAME).to_pylist()
    assert (row["id"], row["reason"]) == ("a/b.txt", "empty")


def test_what_is_dropped_never_shows_what_would_have_been_masked(tmp_path: Path) -> None:
    write_files(
        tmp_path / "texts", {"a.txt": essay("one"), "b.txt": "Frau Muster, vreni.muster@uni-bern.ch\n"}
    )
    recipe = corpus_recipe(tmp_path / "texts").model_copy(
        update={"clean": CleanSettings(sensitive=SensitivePolicy(email="drop-document"))}
    )
    (opened,) = open_sources(recipe, Lock())
    texts = transform_task(opened, opened.listing.files, tmp_path / "work")
    texts.run()
    task = prepare_task(opened, opened.listing.files, texts, recipe.clean)

    task.run()

    (row,) = read_table(task.output / DROPPED_NAME).to_pylist()
    assert (row["reason"], row["beginning"]) == ("sensitive: email", "Frau Muster, [E-MAIL]\n")


def test_each_document_has_its_signature(tmp_path: Path) -> None:
    task = prepared(tmp_path)

    task.run()

    values = np.load(task.output / SIGNATURES_NAME)
    assert values.shape == (2, 128)
    assert not np.array_equal(values[0], values[1])


@pytest.mark.parametrize("change", [{"licence": "CC0-1.0"}, {"category": "code"}, {"language": "de"}])
def test_another_word_of_the_source_is_another_task(tmp_path: Path, change: dict[str, str]) -> None:
    assert prepared(tmp_path / "one").key != prepared(tmp_path / "two", **change).key
