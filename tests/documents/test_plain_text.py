"""Plain text keeps its lines."""

from mypt.documents.plain_text import PlainText
from mypt.documents.raw_file import RawFile


def test_lines_and_indentation_stay() -> None:
    text = "Title\n\n  - a\n      b\n\n\nEnd"

    assert PlainText().to_text(RawFile("a.txt", text.encode())) == text


def test_characters_get_their_one_form() -> None:
    assert PlainText().to_text(RawFile("a.txt", "\ufeffa\r\nb\u00ad".encode())) == "a\nb"


def test_markdown_and_html_in_a_text_file_are_just_characters() -> None:
    text = "# not a heading\n<b>not a tag</b>\n---\n"

    assert PlainText().to_text(RawFile("a.txt", text.encode())) == text
