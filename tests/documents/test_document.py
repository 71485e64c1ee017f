"""A document and its row say the same."""

import pytest

from mypt.documents.document import Document
from mypt.errors import InputError

DOCUMENT = Document(
    id="acts/101.md", origin="https://example.org", licence="MIT", language="de", text="Präambel\n",
    raw_sha256="cd" * 32,
)  # fmt: skip


def test_a_row_gives_its_document_back() -> None:
    assert Document.from_row(DOCUMENT.to_row()) == DOCUMENT


def test_a_row_holds_digest_and_size_of_the_text() -> None:
    row = DOCUMENT.to_row()

    assert row["sha256"].hex() == DOCUMENT.sha256
    assert row["n_bytes"] == 10
    assert row["raw_sha256"].hex() == "cd" * 32


def test_changed_text_is_noticed() -> None:
    row = DOCUMENT.to_row() | {"text": "Präambel!"}

    with pytest.raises(InputError, match=r"acts/101\.md: its text is not what its sha256 says"):
        Document.from_row(row)


def test_the_source_is_the_first_part_of_the_id() -> None:
    assert DOCUMENT.source == "acts"
