"""Exact copies go to the first, near ones to the longest, and a copy of a copy follows."""

from pathlib import Path

import numpy as np

from mypt.corpus.duplicates import Copies, find_copies, read_candidates
from mypt.corpus.minhash import comparable, signatures
from mypt.corpus.near_duplicates import NearDuplicateConfig
from mypt.corpus.prepare import DOCUMENTS_NAME, SIGNATURES_NAME
from mypt.documents.document import Document
from mypt.documents.parts import to_table, write_table
from tests.corpus.corpora import essay


def prepared(folder: Path, groups: list[list[str]]) -> list[Path]:
    folders = []
    for number, texts in enumerate(groups):
        own = folder / str(number)
        own.mkdir(parents=True)
        documents = [Document(f"a/{number}{n}", "", "MIT", "en", text) for n, text in enumerate(texts)]
        write_table(own / DOCUMENTS_NAME, to_table(documents))
        np.save(own / SIGNATURES_NAME, signatures(comparable(texts)))
        folders.append(own)
    return folders


def copies(folder: Path, groups: list[list[str]], config: NearDuplicateConfig | None) -> Copies:
    return find_copies(read_candidates(prepared(folder, groups)), config, folder)


def test_near_and_exact_copies_over_several_groups(tmp_path: Path) -> None:
    long, short = essay("x") + " and some more words", essay("x")

    found = copies(tmp_path, [[short, essay("y")], [long, short]], NearDuplicateConfig())

    assert found.kept_as.tolist() == [2, 1, 2, 2]
    assert found.is_exact.tolist() == [False, False, False, True]
    assert found.is_kept.tolist() == [False, True, True, False]
    assert found.similarity[3] == found.similarity[0] < 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "1"]


def test_without_a_config_only_exact_copies_go(tmp_path: Path) -> None:
    found = copies(tmp_path, [[essay("x"), essay("x") + " more"], [essay("x")]], None)

    assert found.kept_as.tolist() == [0, 1, 0]


def test_documents_can_be_left_out_before(tmp_path: Path) -> None:
    candidates = read_candidates(prepared(tmp_path, [[essay("x"), essay("y")], [essay("x")]]))

    rest = candidates.select(np.array([False, True, True]))

    assert find_copies(rest, NearDuplicateConfig(), tmp_path).kept_as.tolist() == [0, 1]
    assert rest.rows["id"].to_pylist() == ["a/01", "a/10"]
    assert rest.places.tolist() == [1, 0]
