"""A document and its row say the same; a wrong row is named by file and line."""

from pathlib import Path

import pytest

from mypt.documents.document import Document, read_documents, write_documents
from mypt.errors import InputError
from mypt.files import write_jsonl

DOCUMENT = Document(
    id="acts/101.md", origin="https://example.org", licence="MIT", language="de", text="Präambel\n"
)


def test_a_row_gives_its_document_back() -> None:
    assert Document.from_row(DOCUMENT.to_row()) == DOCUMENT


def test_a_row_holds_the_digest_of_the_text() -> None:
    assert DOCUMENT.to_row()["sha256"] == DOCUMENT.sha256


def test_documents_come_back_from_disk_in_their_order(tmp_path: Path) -> None:
    documents = [DOCUMENT, Document("a", "", "LicenseRef-Own", "unknown", "„x“\n\n  y\u2028z")]

    write_documents(tmp_path / "documents.jsonl", documents)

    assert list(read_documents(tmp_path / "documents.jsonl")) == documents


def test_the_same_documents_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_documents(tmp_path / name, iter([DOCUMENT]))

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_changed_text_is_noticed() -> None:
    row = DOCUMENT.to_row() | {"text": "Präambel!"}

    with pytest.raises(InputError, match=r"acts/101\.md: its text is not what its sha256 says"):
        Document.from_row(row)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"id": ""}, "id"),
        ({"licence": ""}, "licence"),
        ({"language": "fr"}, "language"),
        ({"text": None}, "text"),
        ({"text": "\ud800"}, "text"),
        ({"pages": 3}, "pages"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, object], named: str) -> None:
    with pytest.raises(InputError, match=f"not a document: {named}: "):
        Document.from_row(DOCUMENT.to_row() | change)


@pytest.mark.parametrize("row", [None, 3, "text", ["id"], {}])
def test_a_row_that_is_no_object_is_refused(row: object) -> None:
    with pytest.raises(InputError, match="not a document"):
        Document.from_row(row)


def test_a_wrong_row_is_named_by_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "documents.jsonl"
    write_jsonl(path, [DOCUMENT.to_row(), {"id": "half"}])

    with pytest.raises(InputError, match=r"documents\.jsonl:2: not a document: origin"):
        list(read_documents(path))


def test_a_line_that_is_not_json_is_named_by_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "documents.jsonl"
    path.write_bytes(b"{}x\n")

    with pytest.raises(InputError, match=r"documents\.jsonl:1: not JSON"):
        list(read_documents(path))
