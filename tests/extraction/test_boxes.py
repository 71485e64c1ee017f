"""Places of characters, packed and found again."""

import zlib

import numpy as np
import pytest

from mypt.errors import InputError
from mypt.extraction.boxes import marks, pack
from mypt.extraction.pages import Page

POINTS = np.array([[10, 700, 16, 712], [16, 700, 22, 712], [0, 0, 0, 0], [10, 680, 15, 692]], np.float32)
PAGE = Page(1, "ab\nc", (), boxes=pack(POINTS))


def test_boxes_are_four_numbers_in_twentieths_of_a_point() -> None:
    numbers = np.frombuffer(zlib.decompress(PAGE.boxes), "<u2").reshape(-1, 4)

    assert numbers.tolist() == (POINTS * 20).astype(int).tolist()


def test_a_span_is_marked_line_by_line() -> None:
    assert marks(PAGE, 0, 4) == ((10, 700, 22, 712), (10, 680, 15, 692))
    assert marks(PAGE, 1, 2) == ((16, 700, 22, 712),)


def test_characters_that_are_nowhere_have_no_mark() -> None:
    assert marks(PAGE, 2, 3) == ()


def test_a_page_without_places_has_no_marks() -> None:
    assert marks(Page(1, "abc", ()), 0, 3) == ()


def test_places_outside_of_the_paper_are_cut_to_it() -> None:
    points = np.array([[-5, np.nan, np.inf, 9999]], np.float32)

    assert np.frombuffer(zlib.decompress(pack(points)), "<u2").tolist() == [0, 0, 65535, 65535]


@pytest.mark.parametrize("boxes", [b"nonsense", zlib.compress(b"x" * 7), zlib.compress(bytes(10**8))])
def test_boxes_of_another_text_are_refused(boxes: bytes) -> None:
    with pytest.raises(InputError, match="page 1: its boxes"):
        marks(Page(1, "ab\nc", (), boxes=boxes), 0, 4)
