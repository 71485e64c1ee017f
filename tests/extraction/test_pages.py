"""What was read is plain data, and what was not says why."""

import dataclasses
import pickle

import pytest

from mypt.extraction.pages import Block, Extracted, Page, Unextractable

PAGE = Page(1, "Title\n\nSome text.", (Block("heading", 0, 5, level=1), Block("paragraph", 7, 17)))


def test_a_page_cannot_be_changed_and_equals_its_copy() -> None:
    document = Extracted("Title", "text", (PAGE,))

    assert pickle.loads(pickle.dumps(document)) == document  # noqa: S301  # our own bytes
    with pytest.raises(dataclasses.FrozenInstanceError):
        PAGE.text = "other"  # type: ignore[misc]


def test_blocks_are_spans_of_the_text() -> None:
    assert [PAGE.text[block.start : block.end] for block in PAGE.blocks] == ["Title", "Some text."]


@pytest.mark.parametrize(("detail", "said"), [("", "encrypted"), ("by hand", "encrypted: by hand")])
def test_a_file_without_text_says_why(detail: str, said: str) -> None:
    error = Unextractable("encrypted", detail)

    assert (error.reason, error.detail, str(error)) == ("encrypted", detail, said)
