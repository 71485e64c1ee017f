"""Word documents, those that Word writes and those that nobody should."""

from pathlib import Path

import pytest

from mypt.extraction.extractor import extract
from mypt.extraction.limits import Limits
from mypt.extraction.pages import Unextractable
from tests.extraction.make import SAMPLES, docx, packed, paragraph, zip_bomb
from tests.extraction.reading import blocks, read_bytes

STYLES = """<w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>
<w:style w:styleId="Eigene"><w:name w:val="Eigene"/><w:basedOn w:val="berschrift1"/></w:style>
<w:style w:styleId="Loop"><w:name w:val="Loop"/><w:basedOn w:val="Loop"/></w:style>
<w:style w:styleId="Outline"><w:name w:val="x"/><w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style>"""


def _style(name: str) -> str:
    return f'<w:pStyle w:val="{name}"/>'


def _read(body: str, **parts: str) -> list[tuple[str, str]]:
    found = read_bytes(docx(body, parts), "a.docx")
    return [block for page in found.pages for block in blocks(page)]


def test_a_document_of_a_library_is_read() -> None:
    found = read_bytes((SAMPLES / "report.docx").read_bytes(), "report.docx")

    assert (found.title, len(found.pages)) == ("Bericht 2026", 2)
    assert blocks(found.pages[0]) == [
        ("heading1", "Einführung"),
        ("paragraph", "Erster Absatz mit Text."),
        ("list_item", "- Punkt A"),
        ("list_item", "- Punkt B"),
        ("list_item", "1. eins"),
        ("list_item", "2. zwei"),
        ("table_row", "Name | Ort"),
        ("table_row", "Müller | Bern"),
    ]
    assert blocks(found.pages[1]) == [("heading2", "Zweiter Teil"), ("paragraph", "Ende.")]


def test_headings_are_known_by_style_its_parent_or_their_outline_in_every_language() -> None:
    names = ("berschrift1", "Eigene", "Outline", "Loop", "Unknown")

    found = _read("".join(paragraph(name, _style(name)) for name in names), styles=STYLES)

    assert [kind for kind, _ in found] == ["heading1", "heading1", "heading3", "paragraph", "paragraph"]


def test_what_was_deleted_hidden_or_is_a_field_is_not_read() -> None:
    body = (
        "<w:p><w:r><w:t>kept</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t> added</w:t></w:r></w:ins><w:r><w:instrText>PAGE</w:instrText></w:r>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r>"
        '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t> shown</w:t></w:r></w:p>'
    )

    found = read_bytes(docx(body), "a.docx")

    assert found.pages[0].text == "kept added shown"
    assert found.warnings == ("1 hidden pieces of text were left out",)


def test_text_is_found_inside_what_wraps_it() -> None:
    body = (
        f"<w:sdt><w:sdtContent>{paragraph('in a control')}</w:sdtContent></w:sdt>"
        "<w:p><w:hyperlink><w:r><w:t>a link</w:t><w:tab/><w:t>x</w:t><w:br/></w:r></w:hyperlink></w:p>"
        f"<w:p><w:r><w:t>before</w:t><w:pict><w:txbxContent>{paragraph('in a box')}</w:txbxContent></w:pict>"
        "</w:r></w:p>"
    )

    assert _read(body) == [
        ("paragraph", "in a control"), ("paragraph", "a link\tx"), ("paragraph", "before"),
        ("paragraph", "in a box"),
    ]  # fmt: skip


def test_a_table_comes_row_by_row_with_what_is_inside_its_cells() -> None:
    inner = f"<w:tbl><w:tr><w:tc>{paragraph('deep')}</w:tc></w:tr></w:tbl>"
    rows = "".join(
        f"<w:tr><w:tc>{paragraph(left)}{paragraph('more')}</w:tc><w:tc>{paragraph(right)}{inner}</w:tc></w:tr>"
        for left, right in (("a", "b"), ("c", ""))
    )

    assert _read(f"<w:tbl>{rows}</w:tbl>") == [
        ("table_row", "a more | b deep"),
        ("table_row", "c more | deep"),
    ]


def test_a_break_that_is_written_down_twice_is_one() -> None:
    body = (
        paragraph("one")
        + '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
        + "<w:p><w:r><w:lastRenderedPageBreak/><w:t>two</w:t></w:r></w:p>"
        + paragraph("three", "<w:pageBreakBefore/>")
    )

    assert [page.text for page in read_bytes(docx(body), "a.docx").pages] == ["one", "two", "three"]


def test_notes_stand_at_the_end_of_their_page() -> None:
    body = (
        '<w:p><w:r><w:t>Text</w:t><w:footnoteReference w:id="2"/></w:r></w:p>'
        + paragraph("next")
        + paragraph("two", "<w:pageBreakBefore/>")
    )
    notes = (
        f'<w:footnote w:id="0" w:type="separator">{paragraph("___")}</w:footnote>'
        f'<w:footnote w:id="2">{paragraph("See there.")}</w:footnote>'
    )

    found = read_bytes(docx(body, {"footnotes": notes}), "a.docx")

    assert [page.text for page in found.pages] == ["Text[2]\n\nnext\n\n[2] See there.", "two"]


def test_a_title_is_taken_from_the_properties_else_the_first_heading() -> None:
    core = (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Given</dc:title></cp:coreProperties>'
    )
    body = "<w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'><w:body>"
    text = f"{body}<w:p><w:r><w:t>x</w:t></w:r></w:p></w:body></w:document>"
    parts = {"[Content_Types].xml": "<x/>", "word/document.xml": text, "docProps/core.xml": core}

    assert read_bytes(packed(parts), "a.docx").title == "Given"


@pytest.mark.parametrize(
    "document",
    [
        "",
        "no xml",
        "<x/>",
        "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>",
    ],
)
def test_a_document_that_is_none_is_refused(document: str) -> None:
    with pytest.raises(Unextractable, match=r"malformed|no text"):
        read_bytes(packed({"[Content_Types].xml": "<x/>", "word/document.xml": document}), "a.docx")


def test_a_document_without_its_main_part_is_refused() -> None:
    with pytest.raises(Unextractable, match=r"malformed: it has no word/document\.xml"):
        read_bytes(packed({"[Content_Types].xml": "<x/>", "word/other.xml": "<x/>"}), "a.docx")


def test_a_bomb_of_600_megabytes_is_refused_at_once(tmp_path: Path) -> None:
    start = b"<w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'><w:body>"
    path = tmp_path / "bomb.docx"
    path.write_bytes(zip_bomb("word/document.xml", start, b"</w:body></w:document>", 600_000_000))
    assert path.stat().st_size < 1_000_000

    with pytest.raises(Unextractable, match="too large: it unpacks to more than 400000000 bytes"):
        extract(path, Limits(cpu_seconds=20))


def test_an_archive_in_an_archive_is_not_unpacked() -> None:
    with pytest.raises(Unextractable, match=r"malformed: word/document\.xml"):
        read_bytes(
            packed({"[Content_Types].xml": "<x/>", "word/document.xml": packed({"a": "x" * 10_000})}),
            "a.docx",
        )
