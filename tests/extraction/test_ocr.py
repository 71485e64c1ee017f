"""Pages that are images."""

import stat
from pathlib import Path

import pypdfium2.raw as pdfium
import pytest

from mypt.extraction.extractor import extract
from mypt.extraction.limits import Limits
from mypt.extraction.ocr import find_tesseract, recognise
from mypt.extraction.pdf import _grey
from mypt.extraction.read import read
from tests.extraction.make import image_pdf, pdf


def _program(folder: Path, body: str) -> str:
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_the_program_gets_a_grey_image_and_its_words_are_read(tmp_path: Path) -> None:
    program = _program(tmp_path, f"cat > {tmp_path}/image; echo Grüße $@")

    text = recognise(program, 2, 1, b"\x00\xff")

    assert text == "Grüße stdin stdout -l deu+eng\n"
    assert (tmp_path / "image").read_bytes() == b"P5 2 1 255\n\x00\xff"


def test_a_program_that_fails_reads_nothing(tmp_path: Path) -> None:
    assert recognise(_program(tmp_path, "echo words; exit 1"), 1, 1, b"x") == ""
    assert recognise(str(tmp_path / "none"), 1, 1, b"x") == ""


def test_pages_are_read_where_the_site_wants_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = _program(tmp_path, "cat > /dev/null; echo Recognised words")
    monkeypatch.setattr("mypt.extraction.pdf.find_tesseract", lambda: program)

    found = read(image_pdf(2), "scan.pdf", Limits(ocr=True, ocr_pages=1))

    assert [page.text for page in found.pages] == ["Recognised words", ""]
    assert found.warnings == ("page 1 is an image, read by tesseract", "page 2 is an image")


def test_a_machine_without_the_program_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mypt.extraction.pdf.find_tesseract", lambda: "")
    found = read(pdf([[(72, 700, 12, "Enough words to be a page of text.")]]), "a.pdf", Limits(ocr=True))

    assert found.warnings == ("pages that are images cannot be read: there is no tesseract on this machine",)


@pytest.mark.skipif(not find_tesseract(), reason="there is no tesseract on this machine")
def test_the_real_program_reads_a_scan_inside_the_limits_of_the_child(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(_scan("Die Kündigung ist schriftlich einzureichen."))

    found = extract(path, Limits(ocr=True))

    assert found.pages[0].text == "Die Kündigung ist schriftlich einzureichen."
    assert found.warnings == ("page 1 is an image, read by tesseract",)


def _scan(text: str) -> bytes:
    """Return a PDF of the picture of a page."""
    data = pdf([[(60, 700, 18, text)]])
    document = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    page = pdfium.FPDF_LoadPage(document, 0)
    width, height, grey = _grey(page)
    pdfium.FPDF_ClosePage(page)
    pdfium.FPDF_CloseDocument(document)
    return image_pdf(size=(width, height), grey=grey)
