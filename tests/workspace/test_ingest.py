"""One file becomes a document, or says why not."""

import os
from pathlib import Path

import pytest

from mypt.extraction.pages import Extracted, Page, Unextractable
from mypt.files import sha256_bytes
from mypt.workspace.ingest import READ_BY, Document, FileState, Known, document_id, read_file
from mypt.workspace.walk import Found
from tests.workspace.fakes import ENGLISH, GERMAN, PlainText, write


class Given:
    """Reads what it was given, whatever the file says."""

    def __init__(self, *texts: str, title: str = "", touch: bool = False) -> None:
        pages = tuple(Page(number, text, ()) for number, text in enumerate(texts, start=1))
        self._extracted = Extracted(title, "text", pages)
        self._touch = touch

    def extract(self, path: Path) -> Extracted:
        if self._touch:
            path.write_text("changed meanwhile", encoding="utf-8")
        return self._extracted


def _read(path: Path, *texts: str, title: str = "") -> Document:
    document = read_file(Found(path, f"docs/{path.name}"), None, Given(*texts, title=title))
    assert isinstance(document, Document)
    return document


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path, {"a.txt": GERMAN}) / "a.txt"


def test_an_id_is_made_of_content_and_origin_alone() -> None:
    assert document_id(sha256_bytes(b"x"), "docs/a") == "di52domftpww6"
    assert document_id(sha256_bytes(b"x"), "docs/b") != document_id(sha256_bytes(b"x"), "docs/a")
    assert document_id(sha256_bytes(b"y"), "docs/a") != document_id(sha256_bytes(b"x"), "docs/a")


def test_the_language_of_a_document_is_that_of_most_of_its_text(path: Path) -> None:
    document = _read(path, ENGLISH, GERMAN * 3, "Ja. Art. 5.")

    assert document.language == "de"
    assert [passage.language for passage in document.passages] == ["en", "de", "de"]


def test_short_passages_tell_their_language_together(path: Path) -> None:
    words = GERMAN.split(". ")

    document = _read(path, *words)

    assert document.language == "de"
    assert {passage.language for passage in document.passages} == {"de"}


def test_numbers_alone_tell_no_language(path: Path) -> None:
    assert _read(path, "12 34 56 " * 30).language == "unknown"


@pytest.mark.parametrize(
    ("title", "expected"),
    [("", "a"), (" Two\n lines\t", "Two lines"), ("\x1b[31mred\0", "[31mred"), ("x" * 999, "x" * 300)],
)
def test_a_title_is_one_printable_line(path: Path, title: str, expected: str) -> None:
    assert _read(path, GERMAN, title=title).title == expected


def test_white_space_alone_is_no_text(path: Path) -> None:
    assert _read(path, " \n", "\t").reason == "no text"


def test_half_a_character_is_malformed(path: Path) -> None:
    assert _read(path, "text \ud800").reason == "malformed"


def test_a_file_that_changes_while_it_is_read_fails(path: Path) -> None:
    document = read_file(Found(path, "docs/a.txt"), None, Given(GERMAN, touch=True))

    assert isinstance(document, Document)
    assert (document.reason, document.detail) == ("not readable", "it was changed while it was read")


def test_a_file_that_is_gone_meanwhile_fails(tmp_path: Path) -> None:
    assert _read(tmp_path / "gone.pdf", GERMAN).reason == "not readable"
    assert _read(tmp_path / "gone.pdf", GERMAN).format == "pdf"


def test_why_a_file_fails_is_kept_with_its_digest(path: Path) -> None:
    class Refuses:
        def extract(self, path: Path) -> Extracted:
            raise Unextractable("encrypted", path.name)

    document = read_file(Found(path, "docs/a.txt"), None, Refuses())

    assert isinstance(document, Document)
    assert (document.status, document.reason, document.detail) == ("failed", "encrypted", "a.txt")
    assert document.sha256 == sha256_bytes(GERMAN.encode())


def test_what_is_no_plain_file_is_never_opened(tmp_path: Path) -> None:
    reader = PlainText()

    document = read_file(Found(tmp_path, "docs", "no plain file"), None, reader)

    assert isinstance(document, Document)
    assert (document.reason, reader.read) == ("not readable", [])


def test_a_known_file_is_read_when_content_or_cutting_changed(path: Path) -> None:
    found, sha256 = Found(path, "docs/a.txt"), sha256_bytes(GERMAN.encode())

    def read(known: Known, *, retry: bool = False) -> str:
        return type(read_file(found, known, PlainText(), retry=retry)).__name__

    assert read(Known("", sha256, READ_BY, "ready")) == "FileState"
    assert read(Known("", sha256, "older", "ready")) == "Document"
    assert read(Known("", "0" * 64, READ_BY, "ready")) == "Document"
    assert read(Known("", sha256, READ_BY, "failed")) == "FileState"
    assert read(Known("", sha256, READ_BY, "failed"), retry=True) == "Document"


def test_a_mark_is_relied_on_only_when_the_file_has_been_still(path: Path) -> None:
    fresh = read_file(Found(path, "docs/a.txt"), None, PlainText())
    assert isinstance(fresh, Document)

    known = Known(fresh.file.mark, "other", READ_BY, "ready")

    assert not fresh.file.is_settled
    assert read_file(Found(path, "docs/a.txt"), known, PlainText()) is None


@pytest.mark.parametrize("seconds", [-5, 0, 2**40])
def test_a_time_that_no_calendar_has_is_survived(path: Path, seconds: int) -> None:
    os.utime(path, (seconds, seconds))

    assert isinstance(_read(path, GERMAN).file, FileState)
