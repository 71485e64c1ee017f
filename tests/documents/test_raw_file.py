"""A raw file is text, or says why it is not."""

import pytest

from mypt.documents.raw_file import RawFile, Unreadable


def test_utf8_is_text() -> None:
    assert RawFile("a.txt", "Zürich".encode()).text == "Zürich"


def test_utf16_is_text_although_it_holds_nuls() -> None:
    assert RawFile("a.txt", "Zürich".encode("utf-16")).text == "Zürich"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"a\0b", "binary"),
        ("a\0b".encode("utf-16"), "binary"),
        (b"a\xc3", "unknown encoding"),
        (b"\xff\xfea", "unknown encoding"),
    ],
)
def test_what_is_no_text_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        _ = RawFile("a.txt", data).text

    assert caught.value.reason == reason
