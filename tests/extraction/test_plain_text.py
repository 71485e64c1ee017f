"""Text files stay to the letter."""

import pytest

from tests.extraction.reading import blocks, read_bytes

TEXT = """Handbuch
========

EINLEITUNG

Ein Absatz
über zwei Zeilen.

2.1 Zweck

Vorher:
- eins
  weiter
- zwei

Art. 5 Geltung

Schluss.
"""


def test_paragraphs_lists_and_clear_headings_are_found() -> None:
    found = read_bytes(TEXT, "a.txt")

    assert found.pages[0].text == TEXT.rstrip()
    assert found.title == "Handbuch"
    assert blocks(found.pages[0]) == [
        ("heading1", "Handbuch"),
        ("heading1", "EINLEITUNG"),
        ("paragraph", "Ein Absatz\nüber zwei Zeilen."),
        ("heading2", "2.1 Zweck"),
        ("paragraph", "Vorher:"),
        ("list_item", "- eins\n  weiter"),
        ("list_item", "- zwei"),
        ("heading3", "Art. 5 Geltung"),
        ("paragraph", "Schluss."),
    ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Titel\n-----", "heading2"),
        ("Titel\n=====\nText", "heading1"),
        ("KAPITEL EINS", "heading1"),
        ("1. Introduction\n\nText.", "heading1"),
        ("1. Milk\n\n2. Bread", "list_item"),
        ("DAS IST EIN SATZ.", "paragraph"),
        ("USA", "paragraph"),
        ("2026", "paragraph"),
        ("3.5 million people came.", "paragraph"),
        ("a very long line under which there is a short rule\n---", "paragraph"),
    ],
)
def test_only_what_is_clearly_a_heading_is_one(text: str, kind: str) -> None:
    assert blocks(read_bytes(text, "a.txt").pages[0])[0][0] == kind


def test_form_feeds_begin_pages() -> None:
    found = read_bytes("one\n\f\ntwo\n\fthree\f\n", "a.txt")

    assert [page.text.strip() for page in found.pages] == ["one", "two", "three"]


def test_nul_bytes_and_hidden_characters_are_taken_out_with_a_warning() -> None:
    found = read_bytes(b"pass\0word " + b"x" * 200 + "\u202e\u200b".encode(), "a.txt")

    assert found.pages[0].text.startswith("password")
    assert found.warnings == ("3 invisible characters were taken out",)


def test_an_endless_line_of_spaces_takes_no_endless_time() -> None:
    assert read_bytes("x\n" + " " * 3_000_000 + "\ny", "a.txt").pages[0].text.startswith("x\n")


def test_a_text_of_many_lines_without_a_blank_one_is_read() -> None:
    found = read_bytes("- item\n" * 20_000, "a.txt")

    assert len(found.pages[0].blocks) == 20_000
