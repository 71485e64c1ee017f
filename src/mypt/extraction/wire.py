"""What parent and reading child say to each other: lengths, JSON, bytes; never anything that could run.

A request is a head (limits, name, size) and the file's bytes. A reply is a head and the boxes of all pages
behind each other. The parent believes nothing of a reply: the child has met a hostile file.
"""

import struct
from typing import IO, Any

import orjson

from mypt.extraction.limits import Limits
from mypt.extraction.pages import Block, BlockKind, Extracted, Page, Reason, Unextractable

_LENGTHS = struct.Struct(">QQ")
_KINDS: tuple[BlockKind, ...] = ("heading", "paragraph", "list_item", "table_row", "code")
_REASONS: tuple[Reason, ...] = (
    "encrypted", "too large", "malformed", "unknown format", "no text", "too slow", "out of memory",
    "crashed", "missing library", "not readable",
)  # fmt: skip
_NUMBER = {kind: number for number, kind in enumerate(_KINDS)}
_BYTES_PER_BLOCK = 40
_BYTES_PER_PAGE = 1_000
_MOST_WARNINGS = 1_000
_MOST_DETAIL = 2_000
_MOST_LEVELS = 100
_BOX_BYTES = 9  # of a character: eight, and what compression may add


class BrokenReply(Exception):
    """The child ended before its reply did, or said something that no reply can be."""


def send(stream: IO[bytes], head: object, n_bytes: int) -> None:
    """Write a head, and announce the bytes that follow."""
    data = orjson.dumps(head)
    stream.write(_LENGTHS.pack(len(data), n_bytes) + data)


def receive(stream: IO[bytes], most_head: int) -> tuple[Any, int] | None:
    """Return a head and the number of bytes that follow; nothing at the end of the stream."""
    lengths = stream.read(_LENGTHS.size)
    if not lengths:
        return None
    if len(lengths) < _LENGTHS.size:
        raise BrokenReply("cut off")
    n_head, n_bytes = _LENGTHS.unpack(lengths)
    if n_head > most_head:
        raise BrokenReply(f"a head of {n_head} bytes")
    try:
        return orjson.loads(stream.read(n_head)), n_bytes
    except orjson.JSONDecodeError as error:
        raise BrokenReply("no JSON") from error


def send_result(stream: IO[bytes], result: Extracted | Unextractable) -> None:
    """Write the reply of the child."""
    if isinstance(result, Unextractable):
        send(stream, {"reason": result.reason, "detail": result.detail[:_MOST_DETAIL]}, 0)
    else:
        send(stream, _plain(result), sum(len(page.boxes) for page in result.pages))
        for page in result.pages:
            stream.write(page.boxes)
    stream.flush()


def receive_result(stream: IO[bytes], limits: Limits) -> Extracted | Unextractable:
    """Return what the child found; BrokenReply when it died or lies."""
    most = 3 * limits.text_bytes + _BYTES_PER_BLOCK * limits.blocks + _BYTES_PER_PAGE * limits.pages
    received = receive(stream, most)
    if received is None:
        raise BrokenReply("no reply")
    head, n_bytes = received
    try:
        if "reason" in head:
            return _failure(head)
        return _extracted(head, _Boxes(stream, n_bytes, limits), limits)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise BrokenReply(f"{type(error).__name__}: {error}") from error


def _plain(result: Extracted) -> dict[str, object]:
    pages = [
        [
            page.number, page.text, page.label, len(page.boxes),
            [number for block in page.blocks for number in _numbers(block)],
        ]
        for page in result.pages
    ]  # fmt: skip
    warnings = result.warnings[:_MOST_WARNINGS]
    return {"title": result.title, "format": result.format, "warnings": warnings, "pages": pages}


def _numbers(block: Block) -> tuple[int, int, int, int]:
    return _NUMBER[block.kind], block.start, block.end, block.level


def _failure(head: dict[str, Any]) -> Unextractable:
    if head["reason"] not in _REASONS or not isinstance(head["detail"], str):
        raise ValueError("no such reason")
    return Unextractable(head["reason"], head["detail"][:_MOST_DETAIL])


class _Boxes:
    """The bytes behind a head, taken page by page."""

    def __init__(self, stream: IO[bytes], n_bytes: int, limits: Limits) -> None:
        self._stream = stream
        self._left = n_bytes
        if n_bytes > _BOX_BYTES * limits.text_bytes + _BYTES_PER_PAGE * limits.pages:
            raise BrokenReply(f"{n_bytes} bytes of boxes")

    def take(self, n_bytes: int) -> bytes:
        if not 0 <= n_bytes <= self._left:
            raise BrokenReply("more boxes than were sent")
        self._left -= n_bytes
        data = self._stream.read(n_bytes) if n_bytes else b""
        if len(data) < n_bytes:
            raise BrokenReply("cut off")
        return data


def _extracted(head: dict[str, Any], boxes: _Boxes, limits: Limits) -> Extracted:
    rows = head["pages"]
    if len(rows) > limits.pages:
        raise ValueError(f"{len(rows)} pages")
    pages = tuple(_page(row, number, boxes) for number, row in enumerate(rows, start=1))
    texts = (head["title"], head["format"], *head["warnings"])
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("not a text")
    return Extracted(head["title"], head["format"], pages, tuple(head["warnings"]))


def _page(row: list[Any], expected: int, boxes: _Boxes) -> Page:
    number, text, label, n_boxes, numbers = row
    if number != expected or not isinstance(text, str) or not isinstance(label, str):
        raise ValueError(f"page {expected}")
    blocks = []
    last = 0
    for kind, start, end, level in zip(*[iter(numbers)] * 4, strict=True):
        are_numbers = all(type(item) is int for item in (kind, start, end, level))
        if not are_numbers or not (last <= start < end <= len(text)) or not 0 <= level < _MOST_LEVELS:
            raise ValueError(f"a block on page {expected}")
        blocks.append(Block(_KINDS[kind], start, end, level))
        last = end
    return Page(number, text, tuple(blocks), label, boxes.take(n_boxes))
