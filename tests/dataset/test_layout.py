"""A plan that is carried over decides as it did when it was made."""

from pathlib import Path

import numpy as np

from mypt.dataset.document_table import read_document_table
from mypt.dataset.layout import carry_out
from mypt.documents.parts import part_paths
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from tests.dataset.corpora import bilingual, corpus_of, recipe


def test_without_some_documents_the_others_go_where_they_went(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path / "corpus", bilingual(20), n_parts=1)
    table = read_document_table(part_paths(corpus.path), [np.arange(10, 50)])
    whole = carry_out(table, recipe(corpus), np.ones(40, dtype=bool), Gpt2Bpe())
    stays = np.arange(40) % 5 != 0

    rest = carry_out(
        table.select(stays), recipe(corpus, plan=whole.plan.model_dump()), np.ones(32, dtype=bool), Gpt2Bpe()
    )

    assert rest.plan == whole.plan
    assert np.array_equal(rest.is_held_out, whole.is_held_out[stays])
    assert np.array_equal(rest.times, whole.times[stays])


def test_what_may_not_be_trained_on_is_in_no_shard(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path / "corpus", bilingual(20), n_parts=1)
    table = read_document_table(part_paths(corpus.path), [np.arange(10, 50)])
    may_train = np.arange(40) != 7

    placed = carry_out(table, recipe(corpus), may_train, Gpt2Bpe())

    assert placed.is_held_out[7] or placed.times[7] == 0
    documents = np.concatenate([placement.documents for placement in placed.placements])
    assert sorted(documents) == np.flatnonzero(placed.times).tolist()
