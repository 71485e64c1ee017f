"""Bytes become characters by what the file says, or not at all."""

import pytest

from mypt.documents.decode import decode

GERMAN = "Die Prüfung über größere Maße, für „Zürich“ und Ähnliches \u2013 10 € je m²."


def test_utf8_is_read() -> None:
    assert decode("Zürich".encode()) == "Zürich"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_decides_and_goes(encoding: str) -> None:
    assert decode(GERMAN.encode(encoding)) == GERMAN


def test_both_byte_orders_are_read() -> None:
    assert decode(b"\xff\xfeZ\0\xfc\0") == decode(b"\xfe\xff\0Z\0\xfc") == "Zü"


@pytest.mark.parametrize(
    ("declaration", "encoding", "text"),
    [
        ('<?xml version="1.0" encoding="ISO-8859-2"?>', "iso8859-2", "Łódź, żółw"),
        ('<html><meta charset="euc-kr">', "euc-kr", "아파치 지원"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">', "koi8-r", "справка"),
        (".. -*- coding: cp1251 -*-", "cp1251", "справка"),
        ('\'\\" t\n.\\" -*- coding: latin-1 -*-', "latin-1", "für Übung"),
        ("\\input texinfo\n@documentencoding ISO-8859-15", "iso8859-15", "10 € für Œuvre"),
        ('<meta charset="iso-2022-jp">', "iso2022_jp", "日本語"),
        ("# vim: set fileencoding=shift_jis :", "shift_jis", "日本語"),
    ],
)
def test_the_encoding_that_a_file_names_is_used(declaration: str, encoding: str, text: str) -> None:
    assert decode(f"{declaration}\n{text}\n".encode(encoding)) == f"{declaration}\n{text}\n"


def test_latin1_means_windows_1252_as_on_the_web() -> None:
    assert decode(b'<meta charset="iso-8859-1">\x84ja\x93') == '<meta charset="iso-8859-1">„ja“'


def test_utf8_wins_over_a_wrong_declaration() -> None:
    assert decode('<meta charset="latin1">für'.encode()) == '<meta charset="latin1">für'


@pytest.mark.parametrize(
    "text", [GERMAN, "Voilà l\u2019été à Genève, ça coûte 5 £", "GRÖSSE ÜBER ALLES", "“quoted” text"]
)
def test_western_text_is_read_without_a_declaration(text: str) -> None:
    assert decode(text.encode("cp1252")) == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("schöne Grüße für März", "cp850"),
        ("schöne Grüße für März", "mac_roman"),
        ("справка по командам", "koi8-r"),
        ("справка по командам", "cp1251"),
        ("Oğuz Şahin, İstanbul", "iso8859-9"),
        ("zażółć gęślą jaźń", "iso8859-2"),
        ("日本語の文書", "shift_jis"),
        ("日本語の文書", "euc_jp"),
        ("한국어 문서", "euc_kr"),
        ("5 µ 100 ppm", "cp437"),
        ("cut off: Ã", "latin-1"),
    ],
)
def test_what_could_be_read_wrongly_is_not_read(text: str, encoding: str) -> None:
    with pytest.raises(UnicodeDecodeError) as caught:
        decode(b"plain words first: " + text.encode(encoding))

    assert caught.value.encoding == "utf-8"
    assert caught.value.start >= 19


@pytest.mark.parametrize("declaration", [b"", b"-*- coding: latin-1 -*-\n", b"-*- coding: utf-8 -*-\n"])
def test_mixed_encodings_are_refused_and_never_become_mojibake(declaration: bytes) -> None:
    with pytest.raises(UnicodeDecodeError) as caught:
        decode(declaration + "für ".encode() + "über".encode("latin-1"))

    assert caught.value.start == len(declaration) + 5


@pytest.mark.parametrize(
    "name", [b"utf-7", b"base64", b"unicode_escape", b"utf-16", b"no-such-thing", b"mbcs"]
)
def test_a_declaration_that_cannot_be_true_is_nothing(name: bytes) -> None:
    assert decode(b"-*- coding: " + name + b" -*-\nf\xfcr\n").endswith("für\n")
