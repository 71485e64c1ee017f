"""One page of a PDF: its text in the order that pdfium gives, and where each character stands.

The library is asked for a box a thousand times a page, so it is called without ctypes' checks of arguments.
"""

import ctypes
import itertools
import re
import unicodedata
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from mypt.extraction.clean import INVISIBLE

Points = NDArray[np.float32]
"""For each character left, bottom, right, top in points, from the lower left corner of the page as shown."""

_PIECE = 4096
_BOX_BYTES = 16
_SAME_LENGTH = (
    *((space, " ") for space in "\u00a0\u202f"),
    *((line_end, "\n") for line_end in "\x0b\x0c\x85\u2028\u2029"),
    *(
        (hyphen, "-") for hyphen in "\x02\ufffe"
    ),  # how pdfium marks one at the end of a line, which it takes away
)
"""Replacing one after the other is ten times as fast as one table for all."""
_SWALLOWED_LINE_END = re.compile("[\x02\ufffe](?![\r\n])")
_HYPHEN_AT_LINE_END = re.compile("\u00ad(?=[ \t]*(?:[\r\n]|$))")
_LONE_RETURN = re.compile("\r(?!\n)")
_DROPPED = re.compile(f"[\u00ad\ufeff]|{INVISIBLE.pattern}")
_SILENTLY = frozenset("\u00ad\ufeff")
_RETURN = 0x0D
_JAMO = re.compile("[\u1160-\u11ff]")


@dataclass(frozen=True)
class PageText:
    """Canonical text and the places of its characters."""

    text: str
    points: Points
    n_invisible: int


class PageReader:
    """Reads pages with one buffer, which grows with the longest page."""

    def __init__(self) -> None:
        self._box_of = _unchecked(pdfium.FPDFText_GetLooseCharBox)
        self._buffer = (ctypes.c_float * 0)()
        self._places: list[Any] = []

    def read(self, page: Any) -> PageText:
        """Return the text of a loaded page; empty when pdfium finds none."""
        text_page = pdfium.FPDFText_LoadPage(page)
        if not text_page:
            return PageText("", np.zeros((0, 4), np.float32), 0)
        try:
            n_characters = max(0, pdfium.FPDFText_CountChars(text_page))
            text = _raw_text(text_page, n_characters)
            points = self._points(text_page, n_characters)
        finally:
            pdfium.FPDFText_ClosePage(text_page)
        return _canonical(text, _as_shown(page, points))

    def _points(self, text_page: Any, n_characters: int) -> Points:
        if n_characters > len(self._places):
            size = -(-n_characters // _PIECE) * _PIECE
            self._buffer = (ctypes.c_float * (4 * size))()
            self._places = [ctypes.byref(self._buffer, _BOX_BYTES * number) for number in range(size)]
        ctypes.memset(self._buffer, 0, _BOX_BYTES * n_characters)
        calls = map(self._box_of, itertools.repeat(text_page), range(n_characters), self._places)
        deque(calls, maxlen=0)
        boxes = np.frombuffer(memoryview(self._buffer).cast("B"), np.float32, 4 * n_characters).reshape(-1, 4)
        return boxes[:, [0, 3, 2, 1]]  # pdfium's order is left, top, right, bottom


def _unchecked(function: Any) -> Callable[..., int]:
    address = ctypes.cast(function, ctypes.c_void_p).value
    return ctypes.PYFUNCTYPE(ctypes.c_int)(address or 0)


def _raw_text(text_page: Any, n_characters: int) -> str:
    """Return one character of text for each that has a box."""
    buffer = (ctypes.c_ushort * (2 * n_characters + 1))()
    n_units = max(1, pdfium.FPDFText_GetText(text_page, 0, n_characters, buffer)) - 1
    text = bytes(buffer)[: 2 * n_units].decode("utf-16-le", "replace")
    if len(text) == n_characters:
        return text
    codes = [pdfium.FPDFText_GetUnicode(text_page, number) for number in range(n_characters)]
    return "".join(chr(code) if 0 < code <= 0x10FFFF else "\x00" for code in codes)


def _as_shown(page: Any, points: Points) -> Points:
    """Return places from the lower left corner of the page as it is turned for readers."""
    frame = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page, frame)
    turns = pdfium.FPDFPage_GetRotation(page)
    if turns == frame.left == frame.bottom == 0:
        return points
    width, height = frame.right - frame.left, frame.top - frame.bottom
    is_nowhere = (points[:, 2] <= points[:, 0]) | (points[:, 3] <= points[:, 1])
    corner = np.array([frame.left, frame.bottom, frame.left, frame.bottom], np.float32)
    left, bottom, right, top = (points - corner).T
    turned = {
        0: (left, bottom, right, top),
        1: (bottom, width - right, top, width - left),
        2: (width - right, height - top, width - left, height - bottom),
        3: (height - top, left, height - bottom, right),
    }.get(turns, (left, bottom, right, top))
    shown = np.stack(turned, axis=1).astype(np.float32)
    shown[is_nowhere] = 0
    return shown


def _canonical(text: str, points: Points) -> PageText:
    ends = [match.end() for match in _SWALLOWED_LINE_END.finditer(text)]
    if ends:
        points = np.insert(points, ends, 0, axis=0)
        text = _SWALLOWED_LINE_END.sub("-\n", text)
    text = _LONE_RETURN.sub("\n", _HYPHEN_AT_LINE_END.sub("-", text))
    for found, wanted in _SAME_LENGTH:
        text = text.replace(found, wanted)
    if "\r" in text:  # only before line feeds by now, at the end of every line
        points = points[np.frombuffer(text.encode("utf-32-le", "replace"), "<u4") != _RETURN]
        text = text.replace("\r", "")
    dropped = [(match.start(), match[0]) for match in _DROPPED.finditer(text)]
    if dropped:
        points = np.delete(points, [place for place, _ in dropped], axis=0)
        text = _DROPPED.sub("", text)
    if not unicodedata.is_normalized("NFC", text):
        text, points = _composed(text, points)
    return PageText(text, points, sum(character not in _SILENTLY for _, character in dropped))


def _composed(text: str, points: Points) -> tuple[str, Points]:
    """Put letters and their accents together; what was joined stands where its parts stood."""
    starts = [
        place
        for place, character in enumerate(text)
        if not place or not (unicodedata.combining(character) or _JAMO.match(character))
    ]
    pieces: list[str] = []
    boxes: list[Points] = []
    for start, end in itertools.pairwise([*starts, len(text)]):
        piece = unicodedata.normalize("NFC", text[start:end])
        parts = points[start:end]
        seen = parts[parts[:, 2] > parts[:, 0]]
        whole = np.zeros(4, np.float32)
        if len(seen):
            whole = np.concatenate([seen[:, :2].min(axis=0), seen[:, 2:].max(axis=0)])
        pieces.append(piece)
        boxes += [whole] * len(piece)
    joined = "".join(pieces)
    if not unicodedata.is_normalized("NFC", joined):  # scripts whose parts are letters of their own
        joined = unicodedata.normalize("NFC", joined)
        return joined, np.zeros((len(joined), 4), np.float32)
    return joined, np.stack(boxes)
