"""The columns of a corpus, without its texts."""

from pathlib import Path

import numpy as np
import pytest

from mypt.dataset.document_table import read_document_table
from mypt.documents.parts import part_paths
from mypt.errors import InputError
from tests.dataset.corpora import bilingual, corpus_of


def test_documents_of_all_parts_follow_each_other(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path / "corpus", bilingual(3), n_parts=2)

    table = read_document_table(part_paths(corpus.path), [np.array([5, 6, 7]), np.array([1, 2, 3])])

    assert table.rows["id"].to_pylist() == [f"{name}/{n}.txt" for name in ("de", "en") for n in range(3)]
    assert table.names("source").tolist() == ["de"] * 3 + ["en"] * 3
    assert table.parts.tolist() == [0, 0, 0, 1, 1, 1]
    assert table.starts.tolist() == [0, 5, 11, 0, 1, 3]


def test_a_selection_keeps_all_columns_together(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path / "corpus", bilingual(3), n_parts=1)
    table = read_document_table(part_paths(corpus.path), [np.arange(6)])

    chosen = table.select(np.array([False, True, False, False, True, True]))

    assert chosen.n_tokens.tolist() == [1, 4, 5]
    assert chosen.keys.tolist() == table.keys[[1, 4, 5]].tolist()
    assert chosen.rows["id"].to_pylist() == ["de/1.txt", "en/1.txt", "en/2.txt"]


def test_a_corpus_without_documents_is_refused(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path / "corpus", [], n_parts=1)

    with pytest.raises(InputError, match="holds no documents"):
        read_document_table(part_paths(corpus.path))
