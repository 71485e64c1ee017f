"""Blocks become pages, within what a file may give."""

import pytest

from mypt.extraction.compose import Composer
from mypt.extraction.limits import Limits
from mypt.extraction.pages import Block, Extracted, Page, Unextractable


def _finish(composer: Composer, *titles: str) -> Extracted:
    return composer.finish("text", titles or ("file",))


def test_blocks_stand_where_they_say() -> None:
    composer = Composer(Limits())
    composer.add("heading", "Title", 1)
    composer.add("list_item", "- one")
    composer.add("list_item", "- two")
    composer.add("paragraph", "Text.\n")

    page = _finish(composer).pages[0]

    assert page.text == "Title\n\n- one\n- two\n\nText."
    assert [page.text[block.start : block.end] for block in page.blocks] == [
        "Title",
        "- one",
        "- two",
        "Text.",
    ]


def test_blocks_without_a_visible_character_are_passed_over() -> None:
    composer = Composer(Limits())
    composer.add("paragraph", " \u200b\n")
    composer.add("paragraph", "x")

    assert len(_finish(composer).pages[0].blocks) == 1


def test_an_empty_page_keeps_its_number() -> None:
    composer = Composer(Limits())
    for text in ("one", "", "three"):
        composer.begin_page()
        composer.add("paragraph", text)

    pages = _finish(composer).pages

    assert [(page.number, page.text) for page in pages] == [(1, "one"), (2, ""), (3, "three")]


def test_a_file_without_text_is_refused_with_the_reason() -> None:
    composer = Composer(Limits())
    composer.begin_page()

    with pytest.raises(Unextractable, match="no text: only white space"):
        composer.finish("text", ("file",), "only white space")


def test_lost_characters_are_told_once() -> None:
    composer = Composer(Limits())
    composer.add("paragraph", "a\u200bb")
    composer.add("paragraph", "c\u200bd")

    assert _finish(composer).warnings == ("2 invisible characters were taken out",)


@pytest.mark.parametrize(
    ("titles", "expected"),
    [(("Given", "file"), "Given"), (("", "file"), "Head"), ((" \u200b-", "file"), "Head")],
)
def test_the_title_is_the_given_one_else_the_first_heading(titles: tuple[str, ...], expected: str) -> None:
    composer = Composer(Limits())
    composer.add("heading", "Head", 1)

    assert _finish(composer, *titles).title == expected


def test_without_any_title_it_is_the_name_of_the_file() -> None:
    composer = Composer(Limits())
    composer.add("paragraph", "Text")

    assert _finish(composer, "", "file").title == "file"


@pytest.mark.parametrize(
    ("limits", "detail"),
    [
        (Limits(text_bytes=9), "more than 9 bytes of text"),
        (Limits(blocks=1), "more than 1 blocks"),
        (Limits(pages=1), "more than 1 pages"),
    ],
)
def test_a_file_gives_no_more_than_it_may(limits: Limits, detail: str) -> None:
    composer = Composer(limits)

    with pytest.raises(Unextractable) as caught:
        _fill(composer)

    assert (caught.value.reason, caught.value.detail) == ("too large", detail)


def test_pages_of_a_file_inside_are_appended_with_their_labels() -> None:
    inner = Extracted(
        "", "xlsx", (Page(1, "x", (Block("table_row", 0, 1),), "Sheet1"), Page(2, "", ())), ("w",)
    )
    composer = Composer(Limits())
    composer.add("paragraph", "mail")

    composer.add_pages_of(inner, "a.xlsx")

    found = _finish(composer)
    assert [(page.number, page.label) for page in found.pages] == [
        (1, ""),
        (2, "a.xlsx, Sheet1"),
        (3, "a.xlsx, 2"),
    ]
    assert found.warnings == ("a.xlsx: w",)


def _fill(composer: Composer) -> None:
    for _ in range(2):
        composer.begin_page()
        composer.add("paragraph", "äöü")
        composer.begin_page()
