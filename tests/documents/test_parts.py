"""Documents come back from disk as they were, and the same rows are the same bytes."""

from pathlib import Path

import pytest

from mypt.documents.document import Document
from mypt.documents.parts import part_paths, read_batches, read_documents, read_table, to_table, write_table
from mypt.errors import InputError

DOCUMENTS = [
    Document("a/1", "https://example.org", "MIT", "de", "Präambel\n", "domain", "markdown", "ab" * 32),
    Document("a/2", "", "LicenseRef-Own", "unknown", "„x“\n\n  y\u2028z"),
]


def test_documents_come_back_in_their_order(tmp_path: Path) -> None:
    for number, document in enumerate(DOCUMENTS):
        write_table(tmp_path / f"documents-{number:05d}.parquet", to_table([document]))

    assert list(read_documents(tmp_path)) == DOCUMENTS


def test_the_same_documents_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_table(tmp_path / name, to_table(DOCUMENTS * 700))

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_large_table_is_read_in_pieces(tmp_path: Path) -> None:
    write_table(tmp_path / "many", to_table(DOCUMENTS * 1500))

    sizes = [len(batch) for batch in read_batches(tmp_path / "many", ["id"])]

    assert sum(sizes) == 3000
    assert max(sizes) <= 1024


def test_a_changed_text_is_noticed(tmp_path: Path) -> None:
    table = to_table(DOCUMENTS[:1])
    other = to_table([Document("a/1", "", "MIT", "de", "Präambel!")])
    swapped = table.set_column(table.schema.get_field_index("text"), "text", other["text"])
    write_table(tmp_path / "documents-00000.parquet", swapped)

    with pytest.raises(InputError, match="a/1: its text is not what its sha256 says"):
        list(read_documents(tmp_path))


def test_a_damaged_table_is_named(tmp_path: Path) -> None:
    (tmp_path / "documents-00000.parquet").write_bytes(b"PAR1 nothing")

    for read in (read_table, lambda path: list(read_batches(path))):
        with pytest.raises(InputError, match=r"documents-00000\.parquet: not a table"):
            read(tmp_path / "documents-00000.parquet")


def test_a_folder_without_parts_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no documents"):
        part_paths(tmp_path)
