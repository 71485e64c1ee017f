"""Lines become paragraphs by the room between them."""

import numpy as np
import pytest

from mypt.extraction.pdf_lines import blocks, body_height, heading_heights, key, pieces
from mypt.extraction.pdf_page import PageText

Line = tuple[str, float, float, float]
"""Text, left, bottom and height."""

LONG = "a line of the body of this text"


def _page(*lines: Line) -> PageText:
    boxes: list[list[float]] = []
    for text, left, bottom, height in lines:
        boxes += [[left + 5 * n, bottom, left + 5 * n + 5, bottom + height] for n in range(len(text))]
        boxes.append([0, 0, 0, 0])
    return PageText("\n".join(line[0] for line in lines), np.array(boxes[:-1], np.float32), 0)


def _texts(page: PageText, titles: dict[str, int] | None = None) -> list[str]:
    return [page.text[piece.start : piece.end] for piece in pieces(page, titles or {})]


def _body(n_lines: int, top: float = 700) -> list[Line]:
    return [(LONG, 50, top - 12 * n, 10) for n in range(n_lines)]


def test_more_room_than_usual_ends_a_paragraph() -> None:
    page = _page(*_body(3), *_body(2, top=655))

    assert [text.count("\n") + 1 for text in _texts(page)] == [3, 2]


def test_a_jump_up_to_the_next_column_ends_a_paragraph() -> None:
    page = _page(*_body(3), (LONG, 300, 700, 10), (LONG, 300, 688, 10))

    assert [text.count("\n") + 1 for text in _texts(page)] == [3, 2]


def test_a_line_that_is_indented_alone_begins_a_paragraph() -> None:
    page = _page(*_body(2), (LONG, 65, 676, 10), (LONG, 50, 664, 10))

    assert [text.count("\n") + 1 for text in _texts(page)] == [2, 2]


def test_letters_of_another_size_begin_a_paragraph() -> None:
    page = _page(("Heading of it", 50, 712, 14), *_body(3))

    assert _texts(page)[0] == "Heading of it"


def test_a_raised_mark_ends_nothing() -> None:
    page = _page(*_body(1), ("2", 210, 704, 6), (LONG, 50, 688, 10))

    assert len(_texts(page)) == 1


@pytest.mark.parametrize("mark", ["•", "-", "1.", "a)", "(3)"])
def test_each_item_of_a_list_is_its_own(mark: str) -> None:
    page = _page(*_body(1), (f"{mark} one", 50, 688, 10), (f"{mark} two", 50, 676, 10))

    assert len(_texts(page)) == 3
    assert [block.kind for block in blocks(page.text, pieces(page, {}), 10, {})] == [
        "paragraph", "list_item", "list_item",
    ]  # fmt: skip


def test_a_title_of_the_outline_is_cut_out_of_its_paragraph() -> None:
    page = _page(*_body(1), ("3.1 Liability", 50, 688, 10), (LONG, 50, 676, 10))

    assert _texts(page, {key("Liability"): 2}) == [LONG, "3.1 Liability", LONG]


def test_a_sentence_that_ends_with_a_title_is_no_heading() -> None:
    page = _page(*_body(1), ("see also liability", 50, 688, 10))

    assert [piece.level for piece in pieces(page, {key("Liability"): 2})] == [0]


def test_larger_letters_are_headings_with_levels_by_their_size() -> None:
    page = _page(("Part", 50, 740, 20), ("Chapter", 50, 715, 14), *_body(4, 695), ("1234", 50, 600, 20))
    found = pieces(page, {})
    body = body_height([found])

    levels = heading_heights([(page.text, found)], body)

    assert body == 10
    assert levels == {20: 1, 14: 2}
    assert [(block.kind, block.level) for block in blocks(page.text, found, body, levels)] == [
        ("heading", 1), ("heading", 2), ("paragraph", 0), ("paragraph", 0),
    ]  # fmt: skip


def test_a_page_without_visible_characters_has_no_pieces() -> None:
    assert pieces(_page((" ", 0, 0, 10)), {}) == []
    assert pieces(PageText("", np.zeros((0, 4), np.float32), 0), {}) == []


def test_characters_without_places_stay_with_their_line() -> None:
    page = PageText("abc\ndef", np.zeros((7, 4), np.float32), 0)

    assert [page.text[piece.start : piece.end] for piece in pieces(page, {})] == ["abc\ndef"]
