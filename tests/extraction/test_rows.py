"""Rows that are understood alone."""

from collections.abc import Sequence

import pytest

from mypt.extraction.compose import Composer
from mypt.extraction.limits import Limits
from mypt.extraction.rows import add_rows


def _rows(*rows: Sequence[str]) -> list[str]:
    composer = Composer(Limits())
    add_rows(rows, composer)
    return composer.finish("csv", ("x",)).pages[0].text.split("\n")


def test_a_row_repeats_the_names_of_its_columns() -> None:
    assert _rows(["Name", "Ort"], ["Müller", "Bern"], ["Meier", ""]) == [
        "Name | Ort", "Name: Müller; Ort: Bern", "Name: Meier",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "first",
    [["1", "2"], ["Name", "Name"], ["2024", "2025"], ["Title of it", ""], ["x" * 61, "y"]],
)
def test_a_first_row_that_names_no_columns_is_a_row(first: list[str]) -> None:
    assert _rows(first, ["a", "b"])[1] == "a | b"


def test_rows_wider_than_the_header_make_it_none() -> None:
    assert _rows(["Name", "Ort"], ["a", "b", "c", "d"])[1] == "a | b | c | d"


def test_empty_rows_and_line_feeds_in_cells_vanish() -> None:
    assert _rows(["A", "B"], ["", ""], ["x\ny", "z"]) == ["A | B", "A: x y; B: z"]


def test_a_header_alone_is_a_row() -> None:
    assert _rows(["Name", "Ort"]) == ["Name | Ort"]
