"""A deletion takes every copy, and what is left is what a build makes from then on."""

from pathlib import Path

import pytest

from mypt.corpus.build import build
from mypt.corpus.delete import Request, delete_from_corpus, find_documents
from mypt.corpus.recipe import CorpusRecipe
from mypt.documents.parts import read_documents, read_table
from mypt.errors import InputError
from mypt.provenance.artifact import Artifact
from tests.corpus.corpora import ALONE, corpus_of, essay

FILES = {
    "one.txt": essay("one"),
    "two.txt": essay("two"),
    "copy.txt": essay("two"),
    "near.txt": essay("two") + " with a few words more",
    "three.txt": essay("three"),
}


@pytest.fixture
def corpus(tmp_path: Path) -> Artifact:
    return corpus_of(tmp_path, FILES)


def request(**wanted: tuple[str, ...]) -> Request:
    return Request(reason="request 7", **wanted)


def ids(corpus: Artifact) -> list[str]:
    return [document.id for document in read_documents(corpus.path)]


def test_a_request_for_a_copy_names_the_whole_cluster(corpus: Artifact) -> None:
    gone = find_documents(corpus, request(id=("a/copy.txt",)))

    assert [entry.id for entry in gone] == ["a/copy.txt", "a/near.txt", "a/two.txt"]
    assert {entry.request for entry in gone} == {"request 7"}


@pytest.mark.parametrize("column", ["raw_sha256", "sha256"])
def test_a_file_and_a_text_are_found_by_digest(corpus: Artifact, column: str) -> None:
    row = read_table(corpus.path / "documents-00000.parquet").to_pylist()[-1]

    assert [e.id for e in find_documents(corpus, request(sha256=(row[column].hex(),)))] == [row["id"]]


def test_everything_under_a_licence_or_of_a_source_is_found(corpus: Artifact) -> None:
    assert len(find_documents(corpus, request(licence=("MIT",)))) == len(FILES)
    assert len(find_documents(corpus, request(source=("a",)))) == len(FILES)


def test_a_request_may_name_nothing(corpus: Artifact) -> None:
    assert find_documents(corpus, request(id=("a/none.txt",), origin=("https://nowhere.example",))) == []


def test_what_is_left_is_what_a_build_makes_from_then_on(corpus: Artifact, tmp_path: Path) -> None:
    gone = find_documents(corpus, request(id=("a/two.txt",)))
    recipe = CorpusRecipe.model_validate(corpus.manifest.recipe)

    after = delete_from_corpus(corpus, gone, corpus.path, replace=True)

    assert ids(after) == ["a/one.txt", "a/three.txt"]
    assert build(recipe, corpus.path, execution=ALONE) == after
    again = build(recipe, tmp_path / "again", execution=ALONE)
    assert ids(again) == ids(after)
    dropped = [read_table(each.path / "dropped.parquet").to_pylist() for each in (after, again)]
    assert sorted(map(str, dropped[0])) == sorted(map(str, dropped[1]))
    assert again.manifest.counts == after.manifest.counts


def test_a_deleted_text_does_not_come_back_under_another_name(corpus: Artifact, tmp_path: Path) -> None:
    delete_from_corpus(corpus, find_documents(corpus, request(id=("a/one.txt",))), corpus.path, replace=True)

    again = corpus_of(tmp_path, {**FILES, "renamed.txt": FILES["one.txt"]})

    assert "a/renamed.txt" not in ids(again)
    assert again.manifest.counts["dropped"]["deleted on request"] == 2


def test_all_documents_cannot_be_deleted(corpus: Artifact, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no document would be left"):
        delete_from_corpus(corpus, find_documents(corpus, request(source=("a",))), tmp_path / "new")
    assert not (tmp_path / "deletions.jsonl").exists()
