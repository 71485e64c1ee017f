"""PDF: the text of each page in reading order, places of characters, headings by outline or size."""

import ctypes
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pypdfium2.raw as pdfium

from mypt.extraction import pdf_lines
from mypt.extraction.boxes import pack
from mypt.extraction.compose import Composer
from mypt.extraction.ocr import find_tesseract, recognise
from mypt.extraction.pages import Extracted, Unextractable
from mypt.extraction.pdf_page import PageReader, PageText
from mypt.extraction.plain_text import blocks_of
from mypt.extraction.source_file import SourceFile

_LITTLE_TEXT = 20
_MOST_OUTLINE = 20_000
_MOST_DEPTH = 32
_MOST_OBJECTS = 200
_MOST_TITLE_BYTES = 4096
_POINTS_PER_INCH = 72
_OCR_DPI = 300
_MOST_PIXELS = 20_000_000
_PASSWORD, _SECURITY = 4, 5
_NO_TITLE = re.compile(
    r"(?i)(?:untitled|unbenannt|title|(?:microsoft word|powerpoint)\b.*)?(?:\.\w{1,4})?\Z"
    r"|\S+\.(?:ps|dvi|tex|docx?|pptx?|xlsx?|indd|pdf|rtf|odt)\Z"
)

Titles = dict[int, dict[str, int]]
"""Of each page number the keys of titles that the outline places there, with their depths."""


def read(source: SourceFile) -> Extracted:
    """Return the pages of a PDF; raises Unextractable when it is encrypted, broken or has no text."""
    composer = Composer(source.limits)
    with _document(source.data) as document:
        n_pages = pdfium.FPDF_GetPageCount(document)
        if n_pages > source.limits.pages:
            raise Unextractable("too large", f"{n_pages} pages; at most {source.limits.pages} are read")
        titles = _outline(document, n_pages)
        scanner = _Scanner(source, composer)
        pages = [scanner.page(document, number, titles.get(number, {})) for number in range(n_pages)]
        name = _metadata_title(document)
    _compose(pages, composer)
    why_empty = f"all {n_pages} pages are images" if scanner.n_images else "no page holds text"
    return composer.finish("pdf", (name, source.stem), why_empty)


@contextmanager
def _document(data: bytes) -> Iterator[Any]:
    document = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    if not document:
        error = pdfium.FPDF_GetLastError()
        if error in (_PASSWORD, _SECURITY):
            raise Unextractable("encrypted", "it opens with a password only")
        raise Unextractable("malformed", "no PDF that can be opened")
    try:
        yield document
    finally:
        pdfium.FPDF_CloseDocument(document)


@dataclass(frozen=True)
class _Page:
    """A page that was read, until all are and its headings can be told by their size."""

    text: str = ""
    n_invisible: int = 0
    pieces: list[pdf_lines.Piece] = field(default_factory=list)
    boxes: bytes = b""
    is_image: bool = False


class _Scanner:
    """Reads page after page and notes what is wrong with them."""

    def __init__(self, source: SourceFile, composer: Composer) -> None:
        self._limits = source.limits
        self._composer = composer
        self._reader = PageReader()
        self._tesseract = find_tesseract() if source.limits.ocr else ""
        self._n_bytes = 0
        self.n_images = 0
        if source.limits.ocr and not self._tesseract:
            composer.warn("pages that are images cannot be read: there is no tesseract on this machine")

    def page(self, document: Any, number: int, titles: Mapping[str, int]) -> _Page:
        """Return what stands on a page; no places where an image was read, nothing of a bad page."""
        page = pdfium.FPDF_LoadPage(document, number)
        if not page:
            self._composer.warn(f"page {number + 1} cannot be read")
            return _Page()
        try:
            found = self._reader.read(page)
            self._charge(found)
            if len(found.text.strip()) < _LITTLE_TEXT and _has_image(page):
                text, _, n_invisible = blocks_of(self._image(page, number))
                if text:
                    return _Page(text, n_invisible, is_image=True)
            pieces = pdf_lines.pieces(found, titles)
            return _Page(found.text, found.n_invisible, pieces, pack(found.points) if pieces else b"")
        finally:
            pdfium.FPDF_ClosePage(page)

    def _charge(self, found: PageText) -> None:
        """Stop early: all pages are held until the last one is read."""
        self._n_bytes += len(found.text)
        if self._n_bytes > self._limits.text_bytes:
            raise Unextractable("too large", f"more than {self._limits.text_bytes} bytes of text")

    def _image(self, page: Any, number: int) -> str:
        self.n_images += 1
        if not self._tesseract or self.n_images > self._limits.ocr_pages:
            self._composer.warn(f"page {number + 1} is an image")
            return ""
        text = recognise(self._tesseract, *_grey(page))
        self._composer.warn(f"page {number + 1} is an image, read by tesseract")
        return text


def _compose(pages: list[_Page], composer: Composer) -> None:
    cut = pdf_lines.without_running_lines([(page.text, page.pieces) for page in pages])
    body = pdf_lines.body_height(cut)
    levels = pdf_lines.heading_heights(zip((page.text for page in pages), cut, strict=True), body)
    for page, pieces in zip(pages, cut, strict=True):
        composer.count_invisible(page.n_invisible)
        blocks = pdf_lines.blocks(page.text, pieces, body, levels)
        if page.is_image:
            _, blocks, _ = blocks_of(page.text)
        composer.add_page(page.text, blocks, boxes=page.boxes)


def _outline(document: Any, n_pages: int) -> Titles:
    """Walk the bookmarks, which may run in circles."""
    found: Titles = {}
    seen: set[int] = set()
    stack: list[tuple[Any, int]] = [(pdfium.FPDFBookmark_GetFirstChild(document, None), 1)]
    while stack and len(seen) < _MOST_OUTLINE:
        mark, depth = stack.pop()
        address = ctypes.cast(mark, ctypes.c_void_p).value
        if not address or address in seen:
            continue
        seen.add(address)
        number = pdfium.FPDFDest_GetDestPageIndex(document, _target(document, mark))
        title = pdf_lines.key(_string(pdfium.FPDFBookmark_GetTitle, mark))
        if title and 0 <= number < n_pages:
            found.setdefault(number, {}).setdefault(title, depth)
        stack.append((pdfium.FPDFBookmark_GetNextSibling(document, mark), depth))
        if depth < _MOST_DEPTH:
            stack.append((pdfium.FPDFBookmark_GetFirstChild(document, mark), depth + 1))
    return found


def _target(document: Any, mark: Any) -> Any:
    target = pdfium.FPDFBookmark_GetDest(document, mark)
    if target:
        return target
    action = pdfium.FPDFBookmark_GetAction(mark)
    return pdfium.FPDFAction_GetDest(document, action) if action else None


def _metadata_title(document: Any) -> str:
    title = _string(pdfium.FPDF_GetMetaText, document, b"Title").strip()
    return "" if _NO_TITLE.match(title) else title


def _string(function: Any, *arguments: Any) -> str:
    """Return what pdfium writes into a buffer as UTF-16."""
    size = min(function(*arguments, None, 0), _MOST_TITLE_BYTES)
    buffer = ctypes.create_string_buffer(max(size, 2))
    function(*arguments, buffer, size)
    return buffer.raw[:size].decode("utf-16-le", "replace").split("\0")[0]


def _has_image(page: Any) -> bool:
    n_objects = min(pdfium.FPDFPage_CountObjects(page), _MOST_OBJECTS)
    objects = (pdfium.FPDFPage_GetObject(page, number) for number in range(n_objects))
    return any(_holds_image(item) for item in objects)


def _holds_image(item: Any) -> bool:
    kind = pdfium.FPDFPageObj_GetType(item)
    if kind != pdfium.FPDF_PAGEOBJ_FORM:
        return bool(kind == pdfium.FPDF_PAGEOBJ_IMAGE)
    n_inner = min(pdfium.FPDFFormObj_CountObjects(item), _MOST_OBJECTS)
    inner = (pdfium.FPDFFormObj_GetObject(item, number) for number in range(n_inner))
    return any(pdfium.FPDFPageObj_GetType(part) == pdfium.FPDF_PAGEOBJ_IMAGE for part in inner)


def _grey(page: Any) -> tuple[int, int, bytes]:
    """Return width, height and one byte for each pixel of a page as readers see it."""
    width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
    scale = min(_OCR_DPI / _POINTS_PER_INCH, (_MOST_PIXELS / max(1.0, width * height)) ** 0.5)
    n_columns, n_rows = max(1, int(width * scale)), max(1, int(height * scale))
    pixels = ctypes.create_string_buffer(b"\xff" * (n_columns * n_rows), n_columns * n_rows)
    bitmap = pdfium.FPDFBitmap_CreateEx(n_columns, n_rows, pdfium.FPDFBitmap_Gray, pixels, n_columns)
    pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, n_columns, n_rows, 0, pdfium.FPDF_ANNOT)
    pdfium.FPDFBitmap_Destroy(bitmap)
    return n_columns, n_rows, pixels.raw
