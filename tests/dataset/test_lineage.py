"""Each token leads to its document, and each document to all its tokens."""

from pathlib import Path

import numpy as np
import pytest

from mypt.dataset.lineage import Lineage
from mypt.errors import InputError
from mypt.provenance.artifact import Artifact
from mypt.tokenizer.registry import load_tokenizer
from tests.dataset.corpora import bilingual, dataset_of, ids_of


@pytest.fixture
def dataset(tmp_path: Path) -> Artifact:
    """Return a dataset in which a source comes twice, in several shards."""
    mixture = {"weights": {"de": 2, "en": 1}, "max_epochs": 2}
    return dataset_of(tmp_path, bilingual(8), mixture=mixture, shard_tokens=1024)


def test_every_token_leads_to_the_document_whose_text_it_spells(dataset: Artifact) -> None:
    lineage, tokenizer = Lineage.open(dataset.path), load_tokenizer(dataset.path)
    texts = {document.id: document.text for document in bilingual(8)}
    for shard in lineage.shards:
        ids = ids_of(dataset, shard)
        for offset in range(0, len(ids), 97):
            row, span = lineage.document_at(shard, offset)
            spelled = tokenizer.decode_bytes(ids[span.start : span.start + span.n_tokens]).decode()
            assert spelled == texts[row["id"]]
            assert span.start <= offset < span.start + span.n_tokens


def test_many_tokens_are_looked_up_at_once(dataset: Artifact) -> None:
    lineage = Lineage.open(dataset.path)
    index = lineage.index("train-00001")

    rows = lineage.rows_at(index, index.starts)

    expected = [lineage.document_at("train-00001", int(start))[0]["id"] for start in index.starts]
    assert lineage.documents["id"].take(rows).to_pylist() == expected


def test_a_document_leads_to_every_place_where_it_comes(dataset: Artifact) -> None:
    lineage = Lineage.open(dataset.path)
    for row in lineage.documents.to_pylist():
        spans = list(lineage.spans(row))
        assert len(spans) == row["times"]
        assert sorted(span.epoch for span in spans) == list(range(row["times"]))
        assert all(lineage.document_at(span.shard, span.start)[0] == row for span in spans)


def test_the_tables_take_few_bytes_and_no_text(dataset: Artifact) -> None:
    written = b"".join(path.read_bytes() for path in dataset.path.glob("*.parquet"))

    assert b"Kantone" not in written


@pytest.mark.parametrize("offset", [-1, 10**9])
def test_an_offset_outside_the_shard_is_refused(dataset: Artifact, offset: int) -> None:
    with pytest.raises(InputError, match="tokens, so none at"):
        Lineage.open(dataset.path).document_at("train-00001.bin", offset)


def test_an_unknown_shard_or_document_is_refused_with_a_hint(dataset: Artifact) -> None:
    lineage = Lineage.open(dataset.path)

    with pytest.raises(InputError, match="no shard 'train-99999'") as caught:
        lineage.index("train-99999")
    assert "train-00001" in caught.value.hint
    with pytest.raises(InputError, match="no shard holds a document 'de/none'"):
        lineage.find("de/none")


def test_offsets_of_a_million_tokens_are_found(dataset: Artifact) -> None:
    lineage = Lineage.open(dataset.path)
    index = lineage.index("train-00001")
    offsets = np.zeros(1_000_000, dtype=np.int64)

    assert set(lineage.rows_at(index, offsets).tolist()) == {int(lineage.rows_at(index, offsets[:1])[0])}
