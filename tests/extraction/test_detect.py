"""The content decides what a file is."""

import pytest

from mypt.extraction.detect import detect, suffix_warning
from mypt.extraction.limits import Limits
from mypt.extraction.pages import Unextractable
from mypt.extraction.source_file import SourceFile
from tests.extraction.make import SAMPLES, docx, packed, paragraph

MAIL = b"Received: from x\r\nFrom: a@b\r\nSubject: Hi\r\n\r\nHello"


def _source(name: str, data: bytes) -> SourceFile:
    return SourceFile(data, name, Limits())


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.txt", b"%PDF-1.4 ...", "pdf"),
        ("a.pdf", b"junk before\n%PDF-1.4 ...", "pdf"),
        ("a.zip", docx(paragraph("x")), "docx"),
        ("a.docx", (SAMPLES / "talk.pptx").read_bytes(), "pptx"),
        ("a", (SAMPLES / "customers.xlsx").read_bytes(), "xlsx"),
        ("a.txt", b"<!DOCTYPE html><p>x", "html"),
        ("a.txt", b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- c --><html>", "html"),
        ("a.html", b"Just <b>bold</b> and <p>text", "html"),
        ("a.html", b"no tags at all", "text"),
        ("a.md", b"# Title", "markdown"),
        ("a.csv", b"a;b", "csv"),
        ("a.tsv", b"a\tb", "csv"),
        ("a.txt", MAIL, "email"),
        ("a.eml", MAIL, "email"),
        ("a.eml", b"no headers", "text"),
        ("notes.txt", b"From: here\nTo: there\nwe went", "text"),
        ("a.txt", b"plain", "text"),
        ("README", b"plain", "text"),
        ("a.py", b"print(1)", "text"),
        ("a.pdf", b"plain", "text"),
        ("a.txt", "Grüße".encode("utf-16"), "text"),
        ("a.txt", "Gruesse an alle".encode("utf-16-le"), "text"),
        ("a.txt", b"x" * 500 + b"\0" + b"y" * 500, "text"),
    ],
)
def test_a_file_is_what_it_holds(name: str, data: bytes, expected: str) -> None:
    assert detect(_source(name, data)) == expected


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", "unknown format"),
        ("a.pdf", b"\0\1\2\3" * 100, "malformed"),
        ("a.zip", packed({"a.txt": "x"}), "unknown format"),
        ("a.docx", packed({"word/document.xml": "x"}), "unknown format"),
        ("a.docx", b"PK\x03\x04 and nothing more", "malformed"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "unknown format"),
        (
            "a.docx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "encrypted",
        ),
    ],
)
def test_what_cannot_be_read_says_why(name: str, data: bytes, reason: str) -> None:
    with pytest.raises(Unextractable) as caught:
        detect(_source(name, data))

    assert caught.value.reason == reason


def test_a_wrong_suffix_is_told() -> None:
    source = _source("a.docx", b"%PDF-1.4")

    assert suffix_warning(source, "pdf") == "the name ends with .docx, but the content is pdf"


@pytest.mark.parametrize("name", ["a.pdf", "a.PDF", "a.unknown", "a"])
def test_a_right_or_unknown_suffix_is_not(name: str) -> None:
    assert suffix_warning(_source(name, b""), "pdf") == ""
