"""Text and places of one page stay together, whatever happens to a character."""

import numpy as np
import pytest

from mypt.extraction.pdf_page import _canonical


def _places(n: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Each character stands at its own number."""
    return np.array([[n, 0, n + 1, 10] for n in range(1, n + 1)], np.float32).reshape(-1, 4)


@pytest.mark.parametrize(
    ("raw", "text", "lefts"),
    [
        ("ab", "ab", [1, 2]),
        ("a\r\nb", "a\nb", [1, 3, 4]),
        ("a\rb", "a\nb", [1, 2, 3]),
        ("fa\ufffeci", "fa-\nci", [1, 2, 3, 0, 4, 5]),
        ("fa\x02ci", "fa-\nci", [1, 2, 3, 0, 4, 5]),
        ("fa\ufffe\r\nci", "fa-\nci", [1, 2, 3, 5, 6, 7]),
        ("Wort\u00ad\r\nteil", "Wort-\nteil", [1, 2, 3, 4, 5, 7, 8, 9, 10, 11]),
        ("So\u00adft", "Soft", [1, 2, 4, 5]),
        ("a\u00a0b", "a b", [1, 2, 3]),
        ("a\u200bb\x00", "ab", [1, 3]),
        ("xu\u0308y", "xüy", [1, 2, 4]),
        ("\u1100\u1161x", "\uac00x", [1, 3]),
        ("\U00010145a", "\U00010145a", [1, 2]),
        ("", "", []),
    ],
)
def test_every_character_keeps_its_place(raw: str, text: str, lefts: list[int]) -> None:
    page = _canonical(raw, _places(len(raw)))

    assert page.text == text
    assert page.points[:, 0].tolist() == lefts


def test_an_accent_and_its_letter_stand_where_both_stood() -> None:
    page = _canonical("u\u0308", np.array([[10, 0, 15, 8], [11, 8, 14, 10]], np.float32))

    assert page.points.tolist() == [[10, 0, 15, 10]]


def test_invisible_characters_are_counted_but_line_ends_are_not() -> None:
    assert _canonical("a\u200b\r\n\u00adb", _places(6)).n_invisible == 1
