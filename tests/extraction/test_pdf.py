"""PDFs: pages, places, headings; and those that want to do harm."""

import zlib
from pathlib import Path

import pytest

from mypt.extraction.boxes import marks
from mypt.extraction.extractor import Extractor
from mypt.extraction.limits import Limits
from mypt.extraction.pages import Unextractable
from tests.extraction.make import SAMPLES, deflated_spaces, encrypted_pdf, image_pdf, pdf, pdf_file, stream
from tests.extraction.reading import blocks, read_bytes

BODY = "Der Betrag wird innerhalb von dreißig Tagen fällig, wenn nichts anderes vereinbart ist."
PAGES = [
    [
        (72, 760, 20, "Mietvertrag"),
        (72, 720, 11, BODY),
        (72, 706, 11, BODY),
        (72, 670, 11, BODY),
        (72, 656, 11, "• Kaution"),
        (72, 642, 11, "• Nebenkosten"),
    ],
    [(72, 760, 14, "1.1 Kündigung"), (72, 730, 11, BODY)],
]


def test_text_comes_page_by_page_with_headings_paragraphs_and_items() -> None:
    found = read_bytes(pdf(PAGES), "vertrag.pdf")

    assert found.title == "Mietvertrag"
    assert blocks(found.pages[0]) == [
        ("heading1", "Mietvertrag"),
        ("paragraph", f"{BODY}\n{BODY}"),
        ("paragraph", BODY),
        ("list_item", "• Kaution"),
        ("list_item", "• Nebenkosten"),
    ]
    assert blocks(found.pages[1]) == [("heading2", "1.1 Kündigung"), ("paragraph", BODY)]


def test_a_span_is_marked_where_it_stands_on_the_paper() -> None:
    page = read_bytes(pdf(PAGES), "a.pdf").pages[0]
    start = page.text.index("Kaution")

    ((left, bottom, right, top),) = marks(page, start, start + len("Kaution"))

    assert 76 < left < 84
    assert 110 < right < 125
    assert 650 < bottom < 656
    assert 664 < top < 670


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ("", (72, 760)),
        ("/CropBox[50 100 500 800]", (22, 660)),
        ("/Rotate 90", (760, 595 - 72)),
        ("/Rotate 180", (595 - 72, 842 - 760)),
        ("/Rotate 270", (842 - 760, 72)),
    ],
)
def test_places_are_those_of_the_page_as_it_is_shown(keys: str, place: tuple[int, int]) -> None:
    page = read_bytes(pdf([[(72, 760, 20, "Mietvertrag gilt")]], page_keys=keys), "a.pdf").pages[0]

    left, bottom, right, top = marks(page, 0, 1)[0]

    assert left - 25 < place[0] < right + 25
    assert bottom - 25 < place[1] < top + 25


def test_the_outline_names_headings_that_are_no_larger_than_the_rest() -> None:
    pages = [[(72, 700, 11, "2.3 Haftung"), (72, 686, 11, BODY), (72, 672, 11, BODY)]]

    found = read_bytes(pdf(pages, outline=[("Haftung", 1)]), "a.pdf")

    assert blocks(found.pages[0]) == [("heading1", "2.3 Haftung"), ("paragraph", f"{BODY}\n{BODY}")]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Mietvertrag Bern", "Mietvertrag Bern"),
        ("Microsoft Word - Vertrag.doc", "Mietvertrag"),
        ("vertrag.dvi", "Mietvertrag"),
        ("untitled", "Mietvertrag"),
    ],
)
def test_the_title_is_what_an_author_gave(title: str, expected: str) -> None:
    assert read_bytes(pdf(PAGES, title=title), "a.pdf").title == expected


def test_what_stands_on_every_page_is_no_block() -> None:
    def page(number: int) -> list[tuple[float, float, float, str]]:
        middle = [(72.0, 700.0 - 14 * line, 11.0, BODY) for line in range(number % 3 + 2)]
        return [(72, 800, 9, "Handbuch, Ausgabe 4"), *middle, (300, 30, 9, f"Seite {number}")]

    found = read_bytes(pdf([page(number) for number in range(8)]), "a.pdf")

    assert all("Handbuch" in item.text and "Seite" in item.text for item in found.pages)
    assert {kind for item in found.pages for kind, text in blocks(item) if "Handbuch" in text} == set()
    assert {kind for item in found.pages for kind, text in blocks(item) if "Seite" in text} == set()


def test_a_real_document_is_read() -> None:
    found = read_bytes((SAMPLES / "rfc1952.pdf").read_bytes(), "rfc1952.pdf")

    assert found.title == "GZIP file format specification version 4.3"
    assert len(found.pages) == 12
    assert ("heading2", "Abstract") in blocks(found.pages[0])
    assert (
        "lossless compressed data format that is compatible with the widely used GZIP" in found.pages[0].text
    )
    start = found.pages[0].text.index("lossless")
    assert len(marks(found.pages[0], start, start + 8)) == 1


def test_an_encrypted_document_says_so() -> None:
    with pytest.raises(Unextractable, match="encrypted"):
        read_bytes(encrypted_pdf(), "a.pdf")


def test_images_say_so_and_a_document_of_images_has_no_text() -> None:
    with pytest.raises(Unextractable, match="no text: all 2 pages are images"):
        read_bytes(image_pdf(2), "scan.pdf")


def test_a_page_that_is_missing_keeps_its_number() -> None:
    data = pdf(PAGES).replace(b"/Kids[4 0 R 6 0 R]/Count 2", b"/Kids[99 0 R 6 0 R]/Count 2")

    found = read_bytes(data, "a.pdf")

    assert [bool(page.text) for page in found.pages] == [False, True]
    assert found.warnings == ("page 1 cannot be read",)


def test_too_many_pages_are_refused() -> None:
    with pytest.raises(Unextractable, match="too large: 2 pages; at most 1 are read"):
        read_bytes(pdf(PAGES), "a.pdf", pages=1)


def test_too_much_text_is_refused() -> None:
    with pytest.raises(Unextractable, match="too large: more than 100 bytes of text"):
        read_bytes(pdf(PAGES), "a.pdf", text_bytes=100)


def _outline_in_a_circle() -> bytes:
    return pdf(PAGES, outline=[("a", 1), ("b", 1)]).replace(b"/Dest[4 0 R/Fit]", b"/Next 9 0 R/X 1 ")


def _bombs() -> dict[str, bytes]:
    tree = b"<</Type/Pages/Kids[3 0 R]/Count 2000000000/MediaBox[0 0 9 9]>>"
    circle = b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2000000>>"
    page = b"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>"
    spaces = b"\x78\x9c" + deflated_spaces(600_000_000)
    catalog = b"<</Type/Catalog/Pages 2 0 R>>"
    leaf = b"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 9 9]>>"
    flate = b"/Filter/FlateDecode"
    twice = zlib.compress(spaces)
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 4 0 R>>>>"
    return {
        "pages that are claimed": pdf_file([catalog, tree, page, stream(b"")]),
        "pages in a circle": pdf_file([catalog, circle, page, stream(b"")]),
        "a stream of 600 MB": pdf_file([catalog, leaf, page, stream(spaces, flate)]),
        "a stream in a stream": pdf_file(
            [catalog, leaf, page, stream(twice, b"/Filter[/FlateDecode/FlateDecode]")]
        ),
        "objects of 600 MB": pdf_file(
            [catalog, leaf, page, stream(spaces, flate + b"/Type/ObjStm/N 100000000/First 400000000")]
        ),
        "a form in itself": pdf_file([catalog, leaf, page, stream(b"/X Do /X Do", form)]),
        "a paper of a million miles": pdf(PAGES, page_keys="/CropBox[0 0 1e30 1e30]"),
        "an outline in a circle": _outline_in_a_circle(),
    }


@pytest.mark.parametrize(("name", "data"), _bombs().items(), ids=_bombs())
def test_a_bomb_gives_pages_or_a_reason(name: str, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.pdf"
    path.write_bytes(data)
    limits = Limits(memory_bytes=800_000_000, cpu_seconds=10, wall_seconds=60)

    with Extractor(limits) as extractor:
        found = _pages_or_reason(extractor, path)

    assert found in ("pages", "too large", "malformed", "no text", "out of memory", "crashed")


def _pages_or_reason(extractor: Extractor, path: Path) -> str:
    try:
        extractor.extract(path)
    except Unextractable as error:
        return error.reason
    return "pages"
