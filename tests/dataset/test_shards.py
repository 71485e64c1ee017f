"""A document's place follows from the seed and its own text."""

from pathlib import Path

import numpy as np
import pytest

from mypt.dataset.document_table import DocumentTable, read_document_table
from mypt.dataset.plan import ShardGroup
from mypt.dataset.shards import place, shard_task
from mypt.documents.document import Document
from mypt.documents.parts import part_paths
from tests.dataset.corpora import corpus_of


@pytest.fixture
def table(tmp_path: Path) -> DocumentTable:
    """Return 200 documents of three tokens."""
    documents = [Document(f"a/{n:03d}", "", "MIT", "en", f"text {n}") for n in range(200)]
    corpus = corpus_of(tmp_path / "corpus", documents, n_parts=1)
    return read_document_table(part_paths(corpus.path), [np.full(200, 3)])


def group(n_shards: int) -> ShardGroup:
    return ShardGroup(name="train", n_shards=n_shards)


def test_every_document_is_placed_as_often_as_it_comes(table: DocumentTable) -> None:
    times = np.arange(200) % 3

    placements = place(table, times, group(4), seed=1)

    placed = np.concatenate([placement.documents for placement in placements])
    assert np.bincount(placed, minlength=200).tolist() == times.tolist()
    for placement in placements:
        assert set(placement.epochs.tolist()) <= {0, 1}


def test_shards_get_about_the_same_share(table: DocumentTable) -> None:
    sizes = [len(placement.documents) for placement in place(table, np.ones(200, dtype=int), group(4), 1)]

    assert sum(sizes) == 200
    assert min(sizes) > 30


def test_without_a_document_the_others_keep_their_shards_and_their_order(table: DocumentTable) -> None:
    times = np.ones(200, dtype=int)
    without = times.copy()
    without[17] = 0

    before, after = (place(table, each, group(3), seed=2) for each in (times, without))

    for one, other in zip(before, after, strict=True):
        assert one.documents[one.documents != 17].tolist() == other.documents.tolist()


def test_another_seed_is_another_order(table: DocumentTable) -> None:
    orders = [place(table, np.ones(200, dtype=int), group(1), seed)[0].documents.tolist() for seed in (1, 2)]

    assert orders[0] != orders[1]
    assert sorted(orders[0]) == sorted(orders[1])


def test_a_shard_without_documents_is_not_there(table: DocumentTable) -> None:
    times = np.zeros(200, dtype=int)
    times[0] = 1

    assert len(place(table, times, group(5), seed=0)) == 1


def test_a_task_is_named_by_what_it_reads(table: DocumentTable, tmp_path: Path) -> None:
    placement = place(table, np.ones(200, dtype=int), group(1), seed=0)[0]

    keys = [
        shard_task(placement, table, [tmp_path / digest / "tokens.bin"], "uint16", tmp_path).key
        for digest in ("one", "one", "two")
    ]

    assert keys[0] == keys[1] != keys[2]
