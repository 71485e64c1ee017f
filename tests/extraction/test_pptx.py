"""Presentations."""

import re

import pytest

from mypt.extraction.pages import Unextractable
from tests.extraction.make import SAMPLES, packed
from tests.extraction.reading import blocks, read_bytes

NAMES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _shape(text: str, place: str = "", properties: str = "") -> str:
    mark = f'<p:nvSpPr><p:nvPr><p:ph type="{place}"/></p:nvPr></p:nvSpPr>' if place else ""
    return f"<p:sp>{mark}<p:txBody><a:p>{properties}<a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"


def _pptx(*slides: str, order: str = "") -> bytes:
    ids = order or "".join(f'<p:sldId id="{n}" r:id="s{n}"/>' for n in range(len(slides)))
    links = "".join(
        f'<Relationship Id="s{n}" Type="{KINDS}/slide" Target="slides/slide{n}.xml"/>'
        for n in range(len(slides))
    )
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    return packed({
        "[Content_Types].xml": "<x/>",
        "ppt/presentation.xml": f"<p:presentation {NAMES}>{ids}</p:presentation>",
        "ppt/_rels/presentation.xml.rels": f'<Relationships xmlns="{package}">{links}</Relationships>',
        **{
            f"ppt/slides/slide{n}.xml": f"<p:sld {NAMES}><p:spTree>{slide}</p:spTree></p:sld>"
            for n, slide in enumerate(slides)
        },
    })  # fmt: skip


def test_a_presentation_of_a_library_is_read() -> None:
    found = read_bytes((SAMPLES / "talk.pptx").read_bytes(), "talk.pptx")

    assert found.title == "Titel"
    assert found.pages[0].label == "Slide 1"
    assert blocks(found.pages[0]) == [
        ("heading1", "Titel"),
        ("list_item", "- Punkt eins"),
        ("list_item", "- Punkt zwei"),
        ("heading2", "Notes"),
        ("paragraph", "Sag hallo"),
    ]


def test_the_title_comes_first_and_numbers_of_slides_are_left_out() -> None:
    slide = _shape("below") + _shape("7", "sldNum") + _shape("Title", "title")

    assert blocks(read_bytes(_pptx(slide), "a.pptx").pages[0]) == [
        ("heading1", "Title"),
        ("paragraph", "below"),
    ]


def test_points_keep_their_depth_and_groups_are_entered() -> None:
    point = _shape("deep", "body", '<a:pPr lvl="1"/>')
    slide = f"<p:grpSp>{point}</p:grpSp>"

    assert blocks(read_bytes(_pptx(slide), "a.pptx").pages[0]) == [("list_item", "  - deep")]


def test_tables_come_row_by_row() -> None:
    cells = "".join(f"<a:tc><a:txBody><a:p><a:r><a:t>{c}</a:t></a:r></a:p></a:txBody></a:tc>" for c in "ab")
    slide = f"<p:graphicFrame><a:tbl><a:tr>{cells}</a:tr></a:tbl></p:graphicFrame>"

    assert blocks(read_bytes(_pptx(slide), "a.pptx").pages[0]) == [("table_row", "a | b")]


def test_slides_come_in_the_order_in_which_they_are_shown() -> None:
    data = _pptx(
        _shape("first file"), _shape("second file"), order='<p:sldId r:id="s1"/><p:sldId r:id="s0"/>'
    )

    assert [page.text for page in read_bytes(data, "a.pptx").pages] == ["second file", "first file"]


def test_a_missing_slide_keeps_its_number() -> None:
    data = _pptx(_shape("here"), order='<p:sldId r:id="gone"/><p:sldId r:id="s0"/>')

    found = read_bytes(data, "a.pptx")

    assert [page.text for page in found.pages] == ["", "here"]
    assert found.warnings == ("slide 1 is missing",)


def test_a_presentation_without_words_has_no_text() -> None:
    with pytest.raises(Unextractable, match=re.escape("no text: no slide holds text")):
        read_bytes(_pptx(_shape(" ")), "a.pptx")
