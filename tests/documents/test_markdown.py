"""Markdown loses its formatting signs and nothing that it says."""

import re
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mypt.documents.markdown import Markdown
from mypt.documents.raw_file import RawFile

SAMPLE = Path(__file__).parents[2] / "data" / "sample"


def text_of(markdown: str) -> str:
    return Markdown().to_text(RawFile("a.md", dedent(markdown).encode()))


def test_front_matter_is_removed() -> None:
    assert text_of('---\ntitle: "x"\n---\n\nText\n') == "Text\n"


def test_front_matter_behind_a_byte_order_mark_is_removed() -> None:
    assert text_of("\ufeff---\r\ntitle: x\r\n---\r\nText\r\n") == "Text\n"


def test_a_line_across_is_not_taken_for_front_matter() -> None:
    assert text_of("---\n\nText\n") == "Text\n"


def test_headings_stand_on_their_own_line() -> None:
    assert text_of("# One\ntext\n\nTwo\n===\n### Three ###\n") == "One\n\ntext\n\nTwo\n\nThree\n"


def test_soft_breaks_become_a_space_and_hard_breaks_stay() -> None:
    assert text_of("one\ntwo  \nthree\\\nfour<br/>five") == "one two\nthree\nfour\nfive\n"


def test_lists_keep_bullets_numbers_and_nesting() -> None:
    markdown = """\
    - a. data on:
      1. health,
      2. race;
    * b
      - c

    3) three
    7) seven
    """

    assert text_of(markdown) == (
        "- a. data on:\n  1. health,\n  2. race;\n\n- b\n  - c\n\n3. three\n4. seven\n"
    )


def test_a_loose_list_keeps_its_blank_lines_and_paragraphs() -> None:
    assert text_of("- one\n\n  more\n\n- two\n") == "- one\n\n  more\n\n- two\n"


def test_an_empty_list_item_goes() -> None:
    assert text_of("- a\n-\n- c\n") == "- a\n- c\n"


def test_quotations_keep_their_mark() -> None:
    assert text_of("> one\n> two\n>\n> - three\n> > four\n") == "> one two\n>\n> - three\n> >\n> > four\n"


def test_fenced_code_stays_to_the_letter() -> None:
    code = "def f(x):\n\n    return x  # <b> &amp; *y*\n\n\n\ttab\n"

    assert text_of(f"before\n```python\n{code}```\nafter") == f"before\n\n{code}\nafter\n"


def test_indented_code_keeps_its_own_indentation() -> None:
    assert text_of("x\n\n    if a:\n        b\n\n    c\n") == "x\n\nif a:\n    b\n\nc\n"


def test_code_in_a_list_is_indented_with_it() -> None:
    assert text_of("1. a\n\n   ```\n   b\n\n     c\n   ```\n") == "1. a\n\n   b\n\n     c\n"


def test_tables_become_lines_with_bars() -> None:
    markdown = """\
    | rate | Fr. |
    | --- | ---: |
    | **3.5** t | 650 |
    | a<br>b | |
    """

    assert text_of(markdown) == "rate | Fr.\n3.5 t | 650\na b\n"


def test_links_and_images_are_their_text() -> None:
    markdown = 'See [the *act*](https://x.ch "t"), [ref][r], ![a flag](f.png) and <https://y.ch>.\n\n[r]: /z'

    assert text_of(markdown) == "See the act, ref, a flag and https://y.ch.\n"


def test_emphasis_and_code_lose_their_marks() -> None:
    assert text_of("**a** *b* `c  d` ~~e~~ \\*f\\*") == "a b c d e *f*\n"


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("<sup>1bis</sup> The Act", "1bis The Act"),
        ("Art. 24<sup>a</sup>", "Art. 24a"),
        ("22<sup>quater</sup>", "22quater"),
    ],
)
def test_superscripts_survive(markdown: str, text: str) -> None:
    assert text_of(markdown) == f"{text}\n"


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ('<div class="a > b">\n<p>Text <b>bold</b> &amp; more</p>\n</div>\n', "Text bold & more"),
        ("a <!-- note --> b", "a b"),
        ("<!-- one\n\ntwo -->\n\nText", "Text"),
        ("<script>\nlet x = 1 < 2;\n</script>\n\nText", "Text"),
        ("<style>\np {}\n\nq {}</style>\n\nText", "Text"),
        ("<details>\n<summary>S</summary>\n\n*in*\n\n</details>\n", "S\n\nin"),
        ("<![CDATA[ x ]]>\n\nText", "Text"),
        ("<?php echo 1 ?>\n\nText", "Text"),
        ("<br>\n\nText", "Text"),
    ],
)
def test_html_tags_go_and_what_they_show_stays(markdown: str, text: str) -> None:
    assert text_of(markdown) == f"{text}\n"


def test_typographic_characters_stay() -> None:
    text = "„Grüezi“ – «Salü»... (c) --- 'x'"  # noqa: RUF001

    assert text_of(text) == f"{text}\n"


def test_entities_become_the_characters_they_stand_for() -> None:
    assert text_of("&lt;b&gt; &auml; &#167;") == "<b> ä §\n"


@pytest.mark.parametrize(
    "markdown", ["", "\n\n", "---\na: b\n---\n", "<!-- x -->", "```\n\n```", "[r]: /z\n"]
)
def test_what_says_nothing_gives_no_text(markdown: str) -> None:
    assert text_of(markdown) == ""


def test_deep_nesting_loses_nothing() -> None:
    assert text_of(">" * 60 + " deep").endswith(" deep\n")


@given(st.text(alphabet="ab1.)-*_#>` \n\t|[]()<!/&;\\:\"'?"))
def test_whatever_comes_in_text_comes_out(markdown: str) -> None:
    text = Markdown().to_text(RawFile("a.md", markdown.encode()))

    assert text == "" or (text.endswith("\n") and text.strip())


@pytest.mark.parametrize("name", ["de/101-bundesverfassung.md", "en/101-federal-constitution.md"])
def test_every_word_of_a_real_document_arrives_in_its_order(name: str) -> None:
    raw = (SAMPLE / name).read_text(encoding="utf-8")
    body = raw.split("---\n\n", maxsplit=1)[1]

    text = Markdown().to_text(RawFile("a.md", raw.encode()))

    assert re.findall(r"\w+", text) == re.findall(r"\w+", body)
    assert not re.search(r"[#*<>]|^---", text, re.MULTILINE)
