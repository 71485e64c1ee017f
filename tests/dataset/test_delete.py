"""A deletion gives the very dataset that a build without the documents would give."""

from pathlib import Path

import pytest

from mypt.dataset.build import build
from mypt.dataset.delete import delete_documents
from mypt.dataset.lineage import Lineage
from mypt.dataset.prove import prove
from mypt.dataset.recipe import DatasetRecipe
from mypt.errors import InputError
from mypt.provenance.artifact import Artifact, open_artifact
from mypt.tokenizer.registry import load_tokenizer
from tests.dataset.corpora import ALONE, bilingual, corpus_of, dataset_of, ids_on_disk

GONE = ("de/3.txt", "en/7.txt")


@pytest.fixture(params=["character", "gpt2_bpe"])
def dataset(request: pytest.FixtureRequest, tmp_path: Path) -> Artifact:
    """Return a mixture over several shards."""
    mixture = {"weights": {"de": 2, "en": 1}, "max_epochs": 2}
    return dataset_of(tmp_path, bilingual(20), mixture=mixture, shard_tokens=1024, tokenizer=request.param)


@pytest.fixture
def corpus(tmp_path: Path) -> Artifact:
    """Return the corpus without the documents that go."""
    return corpus_of(tmp_path / "after", [document for document in bilingual(20) if document.id not in GONE])


def texts(dataset: Artifact) -> list[bytes]:
    lineage = Lineage.open(dataset.path)
    return [lineage.find(id_)["sha256"] for id_ in GONE]


def test_no_token_of_a_deleted_document_is_left(dataset: Artifact, corpus: Artifact, tmp_path: Path) -> None:
    after = delete_documents(dataset, corpus, texts(dataset), tmp_path / "new")

    spelled = load_tokenizer(after.path).decode_bytes(ids_on_disk(after, "train") + ids_on_disk(after, "val"))
    assert b"de 3\n" not in spelled
    assert b"en 7\n" not in spelled
    assert b"de 4\n" in spelled
    assert dataset.manifest.counts["root"] != after.manifest.counts["root"]


def test_it_equals_a_build_from_the_corpus_without_them(
    dataset: Artifact, corpus: Artifact, tmp_path: Path
) -> None:
    after = delete_documents(dataset, corpus, texts(dataset), tmp_path / "new")

    again = build(DatasetRecipe.model_validate(after.manifest.recipe), tmp_path / "again", execution=ALONE)

    assert again.digest == after.digest
    assert prove(after, tmp_path, ALONE).holds


def test_only_the_shards_that_held_them_are_written(
    dataset: Artifact, corpus: Artifact, tmp_path: Path
) -> None:
    lineage = Lineage.open(dataset.path)
    held = {span.shard for id_ in GONE for span in lineage.spans(lineage.find(id_))}

    after = delete_documents(dataset, corpus, texts(dataset), tmp_path / "new")

    assert held < set(lineage.shards)
    for shard in lineage.shards:
        is_same = (after.path / f"{shard}.bin").samefile(dataset.path / f"{shard}.bin")
        assert is_same == (shard not in held)


def test_the_dataset_can_be_replaced_by_itself(dataset: Artifact, corpus: Artifact) -> None:
    with pytest.raises(InputError, match="already holds an artifact"):
        delete_documents(dataset, corpus, texts(dataset), dataset.path)
    after = delete_documents(dataset, corpus, texts(dataset), dataset.path, replace=True)

    assert open_artifact(dataset.path, "dataset") == after


def test_everything_cannot_be_deleted(dataset: Artifact, corpus: Artifact, tmp_path: Path) -> None:
    every = Lineage.open(dataset.path).documents["sha256"].to_pylist()

    with pytest.raises(InputError, match="nothing to train on would be left"):
        delete_documents(dataset, corpus, every, tmp_path / "new")
    assert not (tmp_path / "new").exists()
