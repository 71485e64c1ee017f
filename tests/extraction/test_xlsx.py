"""Spreadsheets."""

from pathlib import Path

import pytest

from mypt.extraction.extractor import extract
from mypt.extraction.limits import Limits
from mypt.extraction.pages import Unextractable
from tests.extraction.make import SAMPLES, packed, zip_bomb
from tests.extraction.reading import blocks, read_bytes

NAMES = (
    'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
MAIN = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"


def _xlsx(rows: str, state: str = "visible") -> bytes:
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    return packed({
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r" Type="{MAIN}" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {NAMES}>'
        f'<sheets><sheet name="Daten" sheetId="1" state="{state}" r:id="s"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="s" Type="{KIND}" '
        'Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f"<worksheet {NAMES}><sheetData>{rows}</sheetData></worksheet>",
    })  # fmt: skip


def test_a_workbook_of_a_library_is_read() -> None:
    found = read_bytes((SAMPLES / "customers.xlsx").read_bytes(), "customers.xlsx")

    assert [page.label for page in found.pages] == ["Kunden", "Leer"]
    assert blocks(found.pages[0]) == [
        ("table_row", "Name | Ort | Seit | Betrag"),
        ("table_row", "Name: Müller; Ort: Bern; Seit: 2020-01-02; Betrag: 12.5"),
        ("table_row", "Name: Meier; Ort: Zürich; Seit: 2020-01-02 03:04:00; Betrag: 1000000"),
    ]
    assert found.pages[1].text == ""


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('<c r="A1"><v>0.1</v></c>', "0.1"),
        ('<c r="A1"><v>0.30000000000000004</v></c>', "0.3"),
        ('<c r="A1"><v>42</v></c>', "42"),
        ('<c r="A1" t="b"><v>1</v></c>', "TRUE"),
        ('<c r="A1" t="inlineStr"><is><t>Wort</t></is></c>', "Wort"),
        ('<c r="A1" t="str"><f>A2&amp;"x"</f><v>formula</v></c>', "formula"),
    ],
)
def test_cells_are_written_as_people_read_them(cell: str, expected: str) -> None:
    assert read_bytes(_xlsx(f'<row r="1">{cell}</row>'), "a.xlsx").pages[0].text == expected


def test_a_hidden_sheet_is_read_with_a_warning() -> None:
    found = read_bytes(_xlsx('<row r="1"><c r="A1"><v>1</v></c></row>', "hidden"), "a.xlsx")

    assert found.warnings == ("the hidden sheet 'Daten' is read too",)


def test_two_cells_at_the_far_ends_of_a_sheet_do_no_harm(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    path = tmp_path / "sparse.xlsx"
    path.write_bytes(_xlsx(rows))

    with pytest.raises(Unextractable, match=r"out of memory|crashed"):
        extract(path)


def test_a_bomb_of_600_megabytes_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(zip_bomb("xl/worksheets/sheet1.xml", b"<worksheet>", b"</worksheet>", 600_000_000))

    with pytest.raises(Unextractable, match="too large"):
        extract(path, Limits(cpu_seconds=20))


@pytest.mark.parametrize("rows", ["<row", "<!DOCTYPE x [<!ENTITY a 'b'>]>", '<row r="1"><c r="A1"><v>x</v>'])
def test_a_broken_sheet_gives_a_reason(rows: str) -> None:
    with pytest.raises(Unextractable, match=r"malformed|no text|too large"):
        read_bytes(_xlsx(rows), "a.xlsx")
