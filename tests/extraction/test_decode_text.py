"""Bytes to text, with a warning for each guess."""

import pytest

from mypt.extraction.compose import Composer
from mypt.extraction.decode_text import decode_text
from mypt.extraction.limits import Limits
from mypt.extraction.pages import Unextractable


def _decoded(data: bytes) -> tuple[str, list[str]]:
    composer = Composer(Limits())
    return decode_text(data, composer, Limits()), composer._warnings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_known_encodings_need_no_guess(encoding: str) -> None:
    assert _decoded("Grüße aus Zürich".encode(encoding)) == ("Grüße aus Zürich", [])


def test_utf16_without_a_mark_is_guessed() -> None:
    text, warnings = _decoded("Gruss aus Bern".encode("utf-16-le"))

    assert (text, warnings) == ("Gruss aus Bern", ["the encoding was guessed: UTF-16"])


def test_damaged_utf8_stays_readable() -> None:
    text, warnings = _decoded("Grüße, Köln, Zürich".encode() + b"\xff\xfe")

    assert text.startswith("Grüße, Köln, Zürich")
    assert warnings == ["the encoding was guessed: UTF-8, in which 2 places are damaged"]


def test_bytes_of_no_known_encoding_are_read_as_western() -> None:
    text, warnings = _decoded("Привет мир".encode("koi8-r"))

    assert text
    assert warnings == ["the encoding was guessed: Windows-1252"]


def test_more_bytes_than_any_text_may_have_are_refused() -> None:
    limits = Limits(text_bytes=10)

    with pytest.raises(Unextractable, match="too large"):
        decode_text(b"x" * 41, Composer(limits), limits)
