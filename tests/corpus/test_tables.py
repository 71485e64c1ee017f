"""The tables beside the documents name every file that is none, and every cluster."""

from pathlib import Path

from mypt.corpus.tables import CLUSTERS, DROPPED, reason_counts
from mypt.documents.parts import read_table
from tests.corpus.corpora import corpus_of, essay

FILES = {
    "a.txt": essay("x"),
    "b.txt": essay("x"),
    "c.txt": essay("x") + " and a little more",
    "d.txt": essay("y"),
    "e.txt": "",
}


def test_every_dropped_file_says_why(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, FILES)

    rows = {row["id"]: row for row in read_table(corpus.path / DROPPED).to_pylist()}

    assert {id_: row["reason"] for id_, row in rows.items()} == {
        "a/a.txt": "near duplicate",
        "a/b.txt": "exact duplicate",
        "a/e.txt": "empty",
    }
    assert rows["a/a.txt"]["detail"].startswith("of a/c.txt, 0.")
    assert reason_counts(corpus.path / DROPPED) == {"empty": 1, "exact duplicate": 1, "near duplicate": 1}


def test_a_cluster_names_all_its_members_and_the_one_that_is_kept(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, FILES)

    rows = read_table(corpus.path / CLUSTERS).to_pylist()

    assert {row["cluster"] for row in rows} == {"a/c.txt"}
    assert [row["id"] for row in rows] == ["a/a.txt", "a/b.txt", "a/c.txt"]
    assert rows[0]["sha256"] == rows[1]["sha256"] != rows[2]["sha256"]
