"""A name from outside is one visible line, and Markdown shows it as it is."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mypt.compliance.plain import markdown, one_line


@given(st.text())
def test_one_line_hides_nothing_and_breaks_nothing(text: str) -> None:
    line = one_line(text)

    assert len(line.splitlines()) <= 1
    assert not {unicodedata.category(character) for character in line} & {"Cc", "Cf", "Zl", "Zp"}


def test_words_stay_as_they_are() -> None:
    line = one_line("  Gesetz \u00fcber\tdas\nUrheberrecht, \u201eURG\u201c ")

    assert line == "Gesetz \u00fcber das Urheberrecht, \u201eURG\u201c"


@given(st.text(alphabet="ab|*_`[]()<>#&~\\\n! ", max_size=30))
def test_markdown_is_shown_and_does_nothing(text: str) -> None:
    rendered = MarkdownIt("commonmark").enable("table").parse(f"x {markdown(text)} x")

    kinds = {child.type for token in rendered for child in token.children or []}
    assert [token.type for token in rendered] == ["paragraph_open", "inline", "paragraph_close"]
    assert kinds <= {"text", "text_special"}
