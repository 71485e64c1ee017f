"""Where each character of a page stands: packed for the database, and back to marks for a viewer."""

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mypt.errors import InputError
from mypt.extraction.pages import Page

UNITS_PER_POINT = 20
_MOST = 65_535
_COMPRESSION = 1
_BOX = struct.Struct("<4H")
Rectangle = tuple[float, float, float, float]
"""Left, bottom, right, top in points from the lower left corner."""


def pack(points: NDArray[np.float32]) -> bytes:
    """Return rows of left, bottom, right and top, in points, as they are kept on a page."""
    units = points * UNITS_PER_POINT
    units[np.isnan(units)] = 0
    rounded = np.rint(units.clip(0, _MOST)).astype("<u2")
    return zlib.compress(rounded.tobytes(), _COMPRESSION)


def marks(page: Page, start: int, end: int) -> tuple[Rectangle, ...]:
    """Return one rectangle for each line of a span of a page's text, in the order of the text.

    Empty for pages without places. Raises InputError when the boxes do not belong to the text.
    """
    if not page.boxes:
        return ()
    found: list[Rectangle] = []
    for box in _boxes(page, start, end):
        if box[2] <= box[0] or box[3] <= box[1]:
            continue
        if found and _is_same_line(found[-1], box):
            last = found[-1]
            joined = (min(last[0], box[0]), min(last[1], box[1]), max(last[2], box[2]), max(last[3], box[3]))
            found[-1] = joined
        else:
            found.append(box)
    return tuple(found)


def _boxes(page: Page, start: int, end: int) -> Iterator[Rectangle]:
    expected = _BOX.size * len(page.text)
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(page.boxes, expected + 1)
    except zlib.error as error:
        raise InputError(f"page {page.number}: its boxes are damaged") from error
    if len(data) != expected:
        raise InputError(f"page {page.number}: its boxes belong to another text")
    for box in _BOX.iter_unpack(data[start * _BOX.size : end * _BOX.size]):
        left, bottom, right, top = (number / UNITS_PER_POINT for number in box)
        yield left, bottom, right, top


def _is_same_line(line: Rectangle, box: Rectangle) -> bool:
    """A character continues a line that it overlaps by half its height, and that it does not jump back on."""
    overlap = min(line[3], box[3]) - max(line[1], box[1])
    height = min(line[3] - line[1], box[3] - box[1])
    return overlap >= height / 2 and box[0] >= line[0] - height and box[0] <= line[2] + 4 * height
