"""Numbers that Word counts itself."""

import pytest
from lxml import etree

from mypt.extraction.docx_numbering import Numbering, W, read_numbering

NAMESPACE = W.strip("{}")


def _numbering(*levels: tuple[str, str, int]) -> Numbering:
    items = "".join(
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>'
        f'<w:lvlText w:val="{pattern}"/></w:lvl>'
        for depth, (form, pattern, start) in enumerate(levels)
    )
    return read_numbering(
        etree.fromstring(
            f'<w:numbering xmlns:w="{NAMESPACE}"><w:abstractNum w:abstractNumId="7">{items}</w:abstractNum>'
            '<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>'
            '<w:num w:numId="2"><w:abstractNumId w:val="7"/></w:num></w:numbering>'
        )
    )


def test_levels_count_inside_each_other_and_begin_again() -> None:
    numbering = _numbering(("decimal", "§ %1", 1), ("decimal", "%1.%2", 1), ("lowerLetter", "%3)", 1))

    marks = [numbering.mark("1", depth) for depth in (0, 1, 1, 2, 2, 0, 1, 2)]

    assert marks == ["§ 1", "1.1", "1.2", "a)", "b)", "§ 2", "2.1", "a)"]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("decimal", ["4", "5"]),
        ("upperLetter", ["D", "E"]),
        ("lowerRoman", ["iv", "v"]),
        ("upperRoman", ["IV", "V"]),
        ("chineseCounting", ["4", "5"]),
    ],
)
def test_numbers_are_written_in_their_form(form: str, expected: list[str]) -> None:
    numbering = _numbering((form, "%1", 4))

    assert [numbering.mark("1", 0), numbering.mark("1", 0)] == expected


def test_letters_go_on_behind_z() -> None:
    numbering = _numbering(("lowerLetter", "%1", 27))

    assert numbering.mark("1", 0) == "aa"


def test_bullets_and_unknown_lists_have_a_dash() -> None:
    assert _numbering(("bullet", "\uf0b7", 1)).mark("1", 0) == "-"
    assert _numbering().mark("1", 0) == "-"
    assert read_numbering(None).mark("1", 0) == "-"


def test_a_list_without_marks_has_none() -> None:
    assert _numbering(("none", "", 1)).mark("1", 0) == ""
