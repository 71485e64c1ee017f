"""Parent and child understand each other, and the parent believes nothing."""

import io
import struct

import orjson
import pytest

from mypt.extraction.limits import Limits
from mypt.extraction.pages import Block, Extracted, Page, Unextractable
from mypt.extraction.wire import BrokenReply, receive, receive_result, send, send_result

RESULT = Extracted(
    "Title",
    "pdf",
    (
        Page(1, "Hé\nyou", (Block("heading", 0, 2, 1), Block("code", 3, 6)), "Sheet", b"abc"),
        Page(2, "", ()),
        Page(3, "x", (Block("table_row", 0, 1),), boxes=b"defg"),
    ),
    ("a warning",),
)


def _reply(head: object, boxes: bytes = b"") -> io.BytesIO:
    data = orjson.dumps(head)
    return io.BytesIO(struct.pack(">QQ", len(data), len(boxes)) + data + boxes)


def _page(**changes: object) -> object:
    page = {"number": 1, "text": "abc", "label": "", "n_boxes": 0, "numbers": [0, 0, 3, 1], **changes}
    return {"title": "", "format": "pdf", "warnings": [], "pages": [list(page.values())]}


def test_a_result_arrives_as_it_was_sent() -> None:
    stream = io.BytesIO()
    send_result(stream, RESULT)
    stream.seek(0)

    assert receive_result(stream, Limits()) == RESULT


def test_a_reason_arrives_as_it_was_sent() -> None:
    stream = io.BytesIO()
    send_result(stream, Unextractable("encrypted", "why"))
    stream.seek(0)

    found = receive_result(stream, Limits())

    assert isinstance(found, Unextractable)
    assert (found.reason, found.detail) == ("encrypted", "why")


def test_a_stream_that_ends_is_the_end() -> None:
    assert receive(io.BytesIO(), 100) is None


def test_a_head_may_not_be_larger_than_allowed() -> None:
    stream = io.BytesIO()
    send(stream, "x" * 100, 0)
    stream.seek(0)

    with pytest.raises(BrokenReply, match="a head of 102 bytes"):
        receive(stream, 50)


@pytest.mark.parametrize("n_bytes", range(1, 200, 7))
def test_a_reply_cut_off_is_broken(n_bytes: int) -> None:
    stream = io.BytesIO()
    send_result(stream, RESULT)

    with pytest.raises(BrokenReply):
        receive_result(io.BytesIO(stream.getvalue()[:-n_bytes]), Limits())


@pytest.mark.parametrize(
    "head",
    [
        [],
        7,
        {},
        {"reason": "because", "detail": ""},
        {"reason": "crashed", "detail": 7},
        {"reason": ["crashed"], "detail": ""},
        _page(number=2),
        _page(text=7),
        _page(label=None),
        _page(n_boxes=5),
        _page(n_boxes=-1),
        _page(numbers=[0, 0, 4, 1]),
        _page(numbers=[0, 2, 2, 1]),
        _page(numbers=[0, 0, 2, 1, 0, 1, 3, 1]),
        _page(numbers=[9, 0, 3, 1]),
        _page(numbers=[-9, 0, 3, 1]),
        _page(numbers=[0, 0.5, 3, 1]),
        _page(numbers=[True, 0, 3, 1]),
        _page(numbers=[0, 0, 3, 1000]),
        _page(numbers=[0, 0, 3]),
        {**_page(), "title": 7},  # type: ignore[dict-item]
        {**_page(), "warnings": [7]},  # type: ignore[dict-item]
    ],
)
def test_a_reply_that_lies_is_broken(head: object) -> None:
    with pytest.raises(BrokenReply):
        receive_result(_reply(head), Limits())


def test_more_pages_than_allowed_are_a_lie() -> None:
    stream = io.BytesIO()
    send_result(stream, RESULT)
    stream.seek(0)

    with pytest.raises(BrokenReply, match="3 pages"):
        receive_result(stream, Limits(pages=2))


def test_more_boxes_than_text_can_have_are_a_lie() -> None:
    announced = io.BytesIO(struct.pack(">QQ", 2, 10**15) + b"{}")

    with pytest.raises(BrokenReply):
        receive_result(announced, Limits())
