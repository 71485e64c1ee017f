"""A deletion reaches every dataset of a corpus, and one that was killed is finished."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mypt.compliance import deletion as module
from mypt.compliance.deletion import delete, to_delete
from mypt.config import validate
from mypt.corpus.delete import Request
from mypt.dataset.build import build
from mypt.dataset.lineage import Lineage
from mypt.dataset.prove import prove
from mypt.dataset.recipe import DatasetRecipe
from mypt.errors import InputError
from mypt.files import read_json
from mypt.provenance.artifact import Artifact, open_artifact
from tests.corpus.corpora import ALONE, corpus_of, essay

FILES = {f"{number}.txt": f"Essay {number}\n{essay(f'n{number}')}" for number in range(9)}
REQUEST = Request(reason="request 7", id=("a/3.txt",))


class Killed(BaseException):
    """What happens to a process at a moment of a test."""


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Artifact:
    monkeypatch.chdir(tmp_path)
    return corpus_of(tmp_path, {**FILES, "copy.txt": FILES["3.txt"]})


def dataset_of(corpus: Artifact, folder: Path) -> Artifact:
    values = {"corpus": corpus.path.as_posix(), "tokenizer": "character", "val_fraction": 0.2}
    return build(validate(values, DatasetRecipe, "test"), folder, execution=ALONE)


@contextmanager
def killed_at(step: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """End a deletion where it would take a step."""

    def die(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(module, step, die)
        yield


def test_every_copy_goes_and_the_record_says_it(corpus: Artifact, tmp_path: Path) -> None:
    dataset = dataset_of(corpus, tmp_path / "dataset")

    outcome = delete(dataset.path, REQUEST)

    assert [entry.id for entry in outcome.documents] == ["a/3.txt", "a/copy.txt"]
    assert outcome.n_tokens > len(FILES["3.txt"]) - 1
    assert outcome.rewritten
    record = read_json(outcome.record)
    assert record["before"]["counts"]["root"] == dataset.manifest.counts["root"]
    assert record["after"]["counts"]["root"] == outcome.after.counts["root"]
    assert outcome.others == ()
    assert not (tmp_path / "work").exists()
    assert prove(open_artifact(dataset.path, "dataset"), tmp_path, ALONE).holds


@pytest.mark.parametrize("step", ["delete_from_corpus", "delete_documents", "write_json", "_others"])
def test_a_killed_deletion_is_finished_by_the_next(
    corpus: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    dataset = dataset_of(corpus, tmp_path / "dataset")
    with killed_at(step, monkeypatch), pytest.raises(Killed):
        delete(dataset.path, REQUEST)

    outcome = delete(dataset.path, REQUEST)

    assert [entry.id for entry in outcome.documents] == ["a/3.txt", "a/copy.txt"]
    assert outcome.before == dataset.manifest
    assert outcome.after == open_artifact(dataset.path, "dataset").manifest
    assert read_json(outcome.record)["documents"][0]["id"] == "a/3.txt"
    assert not list(tmp_path.glob(".*deletion*"))
    assert prove(open_artifact(dataset.path, "dataset"), tmp_path, ALONE).holds


def test_an_interrupted_deletion_is_finished_before_another_begins(
    corpus: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = dataset_of(corpus, tmp_path / "dataset")
    with killed_at("delete_documents", monkeypatch), pytest.raises(Killed):
        delete(dataset.path, REQUEST)

    outcome = delete(dataset.path, Request(reason="request 8", id=("a/5.txt",)))

    assert [entry.id for entry in outcome.documents] == ["a/5.txt"]
    assert len(list(tmp_path.glob("deletion-*.json"))) == 2
    left = set(Lineage.open(dataset.path).documents["id"].to_pylist())
    assert left.isdisjoint({"a/3.txt", "a/copy.txt", "a/5.txt"})


def test_another_dataset_of_the_corpus_is_named_and_can_be_asked(corpus: Artifact, tmp_path: Path) -> None:
    dataset, other = (dataset_of(corpus, tmp_path / name) for name in ("dataset", "other"))

    outcome = delete(dataset.path, REQUEST)
    asked = delete(other.path, REQUEST)

    assert outcome.others == (Path("other"),)
    assert "a/3.txt" in {entry.id for entry in asked.documents}
    assert asked.others == ()
    assert asked.after.counts["root"] == outcome.after.counts["root"]


def test_a_request_that_names_nothing_is_refused(corpus: Artifact, tmp_path: Path) -> None:
    dataset = dataset_of(corpus, tmp_path / "dataset")
    nothing = Request(reason="request 7", id=("a/none.txt",), origin=("https://nowhere.example",))

    for ask in (to_delete, delete):
        with pytest.raises(InputError, match="no document that the request names"):
            ask(dataset.path, nothing)


def test_nothing_is_begun_when_nothing_would_be_left(corpus: Artifact, tmp_path: Path) -> None:
    dataset = dataset_of(corpus, tmp_path / "dataset")

    with pytest.raises(InputError, match="nothing to train on would be left"):
        delete(dataset.path, Request(reason="request 7", source=("a",)))

    assert not list(tmp_path.glob(".*deletion*"))
    assert not (tmp_path / "deletions.jsonl").exists()
    assert open_artifact(corpus.path, "corpus") == corpus


def test_a_dataset_of_another_corpus_is_left_alone(corpus: Artifact, tmp_path: Path) -> None:
    dataset = dataset_of(corpus, tmp_path / "dataset")
    shutil.rmtree(tmp_path / "texts")
    corpus_of(tmp_path, {"3.txt": FILES["3.txt"], "new.txt": essay("new")})

    with pytest.raises(InputError, match="it is not what that was made of"):
        delete(dataset.path, REQUEST)

    assert open_artifact(dataset.path, "dataset") == dataset
