"""The readable part of a workspace, page by page."""

from mypt.agent.view import WorkspaceView, passages_of
from tests.agent.views import DEBIAN, MemoryView, small_view


def test_the_passages_of_pages_come_in_order() -> None:
    view = small_view()
    document = view.document(DEBIAN)
    assert document is not None

    assert [row.number for row in passages_of(view, document, 1, 1)] == [1, 2]
    assert [row.number for row in passages_of(view, document, 2, 3)] == [3, 4]
    assert [row.number for row in passages_of(view, document, 1, 9)] == [1, 2, 3, 4]
    assert passages_of(view, document, 4, 9) == []


def test_pages_without_text_have_none() -> None:
    view = MemoryView(("d1", "T", ["one", "", "three"]))
    document = view.document("d1")
    assert document is not None

    assert [row.text for row in passages_of(view, document, 3, 3)] == ["three"]


def test_the_view_in_memory_is_one() -> None:
    assert isinstance(small_view(), WorkspaceView)
