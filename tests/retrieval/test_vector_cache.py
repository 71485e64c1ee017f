"""The file of vectors: whole or made anew, and the same bytes for the same passages and vectors."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from jaxtyping import Float16

from mypt.errors import InputError
from mypt.retrieval.vector_cache import CachedVectors, cache_path, open_vectors
from mypt.workspace.passage_table import PassageTable
from mypt.workspace.vectors import Vectors

DIGEST = "e" * 64
N_DIMENSIONS = 16


def table_of(n_documents: int, *, first: int = 1) -> PassageTable:
    """Return a table of documents of three passages each."""
    documents = np.repeat(np.arange(first, first + n_documents), 3)
    return PassageTable(
        revision=n_documents,
        numbers=np.arange(3 * n_documents) + 3 * first,
        documents=documents,
        places=np.tile(np.arange(1, 4), n_documents),
        language_codes=np.zeros(3 * n_documents, np.int64),
        languages=("en",),
        document_ids={int(number): f"d{number}" for number in documents},
    )


def halves(n: int, seed: int = 0) -> Float16[np.ndarray, "rows dimensions"]:
    return np.random.default_rng(seed).standard_normal((n, N_DIMENSIONS)).astype(np.float16)


@dataclass
class Database:
    """The vectors of a workspace, and how often all were asked for."""

    held: dict[int, Float16[np.ndarray, " dimensions"]] = field(default_factory=dict)
    n_reads: int = 0

    def n_vectors(self, embedder_digest: str) -> int:
        return len(self.held) if embedder_digest == DIGEST else 0

    def vectors(self, embedder_digest: str) -> Vectors:
        self.n_reads += 1
        numbers = sorted(self.held) if embedder_digest == DIGEST else []
        matrix = np.array([self.held[number] for number in numbers], np.float16)
        return Vectors(np.array(numbers, np.int64), matrix.reshape(len(numbers), -1 if numbers else 0))


def filled(table: PassageTable) -> Database:
    return Database(dict(zip(table.numbers.tolist(), halves(len(table)), strict=True)))


def opened(folder: Path, table: PassageTable, database: Database) -> CachedVectors:
    return open_vectors(folder, table, database, DIGEST, N_DIMENSIONS)


def test_vectors_come_from_the_file_with_the_bytes_they_had_in_the_database(tmp_path: Path) -> None:
    table = table_of(4)
    database = filled(table)

    made = opened(tmp_path, table, database)
    again = opened(tmp_path, table, database)

    assert database.n_reads == 1
    assert again.matrix.tobytes() == made.matrix.tobytes() == halves(12).tobytes()
    assert again.present.all()
    assert isinstance(again.matrix, np.memmap)


def test_a_store_is_opened_on_them(tmp_path: Path) -> None:
    table = table_of(4)
    opened(tmp_path, table, filled(table))

    store = opened(tmp_path, table, filled(table)).store(table.ids)

    query = halves(12)[5].astype(np.float32)
    assert store.search(query, np.ones(12, np.bool_), 1).rows.tolist() == [5]


def test_passages_without_a_vector_are_absent(tmp_path: Path) -> None:
    table = table_of(4)
    database = filled(table)
    del database.held[int(table.numbers[7])]

    opened(tmp_path, table, database)
    vectors = opened(tmp_path, table, database)

    assert np.flatnonzero(~vectors.present).tolist() == [7]
    assert database.n_reads == 1


def delete(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def tear(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def flip(place: int) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[place] ^= 1
        path.write_bytes(data)

    damage.__name__ = f"flip {place}"
    return damage


@pytest.mark.parametrize(
    "damage",
    [delete, empty, tear, lengthen, *map(flip, [0, 7, 8, 20, 90, 250, 2_000, 4_095, 4_096, 4_300, -1])],
    ids=lambda damage: damage.__name__,
)
def test_a_damaged_file_is_made_anew_to_the_same_bytes(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    table = table_of(4)
    database = filled(table)
    opened(tmp_path, table, database)
    path = cache_path(tmp_path, DIGEST)
    before = path.read_bytes()

    damage(path)
    vectors = opened(tmp_path, table, database)

    assert database.n_reads == 2
    assert vectors.matrix.tobytes() == halves(12).tobytes()
    assert path.read_bytes() == before


def test_every_flipped_bit_of_the_header_is_noticed(tmp_path: Path) -> None:
    table = table_of(2)
    database = filled(table)
    opened(tmp_path, table, database)
    path = cache_path(tmp_path, DIGEST)
    whole = path.read_bytes()
    end = whole.index(b"\0")

    for place in range(end + 2):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        opened(tmp_path, table, database)

    assert database.n_reads == 1 + end + 2
    assert path.read_bytes() == whole


@pytest.mark.parametrize("other", [table_of(5), table_of(3), table_of(4, first=2)])
def test_a_file_of_other_passages_is_made_anew(tmp_path: Path, other: PassageTable) -> None:
    opened(tmp_path, table_of(4), filled(table_of(4)))

    vectors = opened(tmp_path, other, filled(other))

    assert len(vectors.matrix) == len(other)
    assert vectors.present.all()


def test_a_few_new_vectors_wait_but_the_last_ones_do_not(tmp_path: Path) -> None:
    table = table_of(100)
    everything = filled(table)
    some = Database({number: everything.held[number] for number in table.numbers.tolist()[:200]})
    opened(tmp_path, table, some)

    for number in table.numbers.tolist()[200:205]:
        some.held[number] = everything.held[number]
    few = opened(tmp_path, table, some).present.sum()
    for number in table.numbers.tolist()[205:210]:
        some.held[number] = everything.held[number]
    many = opened(tmp_path, table, some).present.sum()
    some.held = dict(list(everything.held.items())[:-1])
    opened(tmp_path, table, some)
    some.held = everything.held
    last = opened(tmp_path, table, some).present.sum()

    assert (few, many, last) == (200, 210, 300)


def test_vectors_of_later_passages_are_left_out(tmp_path: Path) -> None:
    table = table_of(4)

    vectors = opened(tmp_path, table, filled(table_of(6)))

    assert vectors.matrix.tobytes() == halves(18)[:12].tobytes()


def test_an_empty_workspace_has_an_empty_matrix(tmp_path: Path) -> None:
    table = table_of(0)

    opened(tmp_path, table, Database())
    vectors = opened(tmp_path, table, Database())

    assert vectors.matrix.shape == (0, N_DIMENSIONS)
    assert vectors.store(table.ids).present.tolist() == []


def test_vectors_of_another_length_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="vectors of 16 numbers, expected 8"):
        open_vectors(tmp_path, table_of(2), filled(table_of(2)), DIGEST, 8)


def test_nothing_half_written_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    vectors = opened(tmp_path, table_of(4), filled(table_of(4)))

    assert vectors.present.all()
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_of_the_folder_does_not_stop_a_search(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("not a folder", encoding="utf-8")

    vectors = opened(tmp_path / "index", table_of(4), filled(table_of(4)))

    assert vectors.present.all()
