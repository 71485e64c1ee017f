"""Tables as text."""

import pytest

from mypt.extraction.pages import Unextractable
from tests.extraction.reading import read_bytes


@pytest.mark.parametrize("separator", list(",;\t|"))
def test_the_separator_is_found(separator: str) -> None:
    data = f"Name{separator}Ort\nMüller{separator}Bern\n"

    assert read_bytes(data, "a.csv").pages[0].text == "Name | Ort\nName: Müller; Ort: Bern"


def test_commas_inside_german_numbers_do_not_confuse() -> None:
    data = "Name;Betrag\nA;1,5\nB;2,5\nC;3,5\n"

    assert read_bytes(data, "a.csv").pages[0].text.split("\n")[1] == "Name: A; Betrag: 1,5"


def test_a_declared_separator_is_believed() -> None:
    assert read_bytes("sep=#\na#b\nc#d\n", "a.csv").pages[0].text == "a | b\na: c; b: d"


def test_quoted_cells_may_hold_separators_and_lines() -> None:
    found = read_bytes('Name,Ort\n"Müller, Hans","Bern\nBümpliz"\n', "a.csv")

    assert found.pages[0].text == "Name | Ort\nName: Müller, Hans; Ort: Bern Bümpliz"


def test_a_table_of_windows_is_decoded() -> None:
    assert "Zürich" in read_bytes("Name;Ort\nMeier;Zürich\n".encode("cp1252"), "a.csv").pages[0].text


def test_a_text_that_is_no_table_is_read_line_by_line() -> None:
    assert read_bytes("one line\nand another\n", "a.csv").pages[0].text == "one line\nand another"


def test_a_quote_that_is_never_closed_is_read_to_the_end() -> None:
    assert "Bern" in read_bytes('a,"b\nMüller,Bern\n', "a.csv").pages[0].text


def test_more_rows_than_a_file_may_give_are_refused() -> None:
    with pytest.raises(Unextractable, match="too large: more than 10 blocks"):
        read_bytes("a,b\n" * 20, "a.csv", blocks=10)


def test_long_names_of_columns_do_not_multiply_without_limit() -> None:
    header = ",".join(f"{'x' * 50}{n}" for n in range(100))
    row = ",".join("1" for _ in range(100))

    with pytest.raises(Unextractable, match="too large: more than 100000 bytes of text"):
        read_bytes("\n".join([header, *[row] * 1000]), "a.csv", text_bytes=100_000)
