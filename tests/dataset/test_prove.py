"""A second build gives the same root, or names what differs."""

from dataclasses import replace
from pathlib import Path

import pytest

from mypt.dataset.prove import prove
from mypt.errors import ManifestMismatch
from mypt.execution.runner import Execution
from mypt.provenance.artifact import staged
from tests.dataset.corpora import ALONE, Recipe, bilingual, corpus_of, dataset_of


def test_a_dataset_is_what_its_recipe_makes_of_its_corpus(tmp_path: Path) -> None:
    dataset = dataset_of(tmp_path, bilingual())

    proof = prove(dataset, tmp_path / "room", Execution(workers=2))

    assert proof.holds
    assert proof.differing == ()
    assert list((tmp_path / "room").iterdir()) == []


def test_a_dataset_with_other_tokens_names_the_shard(tmp_path: Path) -> None:
    dataset = dataset_of(tmp_path, bilingual())
    path = dataset.path / "train-00000.bin"
    path.write_bytes(path.read_bytes()[:-2] + b"\1\0")

    proof = prove(dataset, tmp_path / "room", ALONE)

    assert proof.differing == ("train-00000",)


def test_another_corpus_in_its_place_gives_another_root(tmp_path: Path) -> None:
    dataset = dataset_of(tmp_path, bilingual())
    corpus_of(tmp_path / "corpus", [replace(document, text=document.text + "!") for document in bilingual()])

    assert not prove(dataset, tmp_path / "room", ALONE).holds


def test_a_missing_corpus_is_an_error(tmp_path: Path) -> None:
    dataset = dataset_of(tmp_path, bilingual())
    with staged(tmp_path / "corpus", "dataset", Recipe(), replace=True):
        pass

    with pytest.raises(ManifestMismatch, match="expected a corpus"):
        prove(dataset, tmp_path / "room", ALONE)
