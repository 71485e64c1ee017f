"""The readable part of a workspace, page by page."""

from collections.abc import Sequence

from mypt.agent.view import WorkspaceView, passages_from
from mypt.workspace.rows import PassageRow
from tests.agent.views import DEBIAN, LAW, MemoryView, long_view, small_view


def numbers(view: MemoryView, name: str, page: int, character: int = 0) -> list[int]:
    document = view.document(name)
    assert document is not None
    return [row.number for row in passages_from(view, document, page, character)]


def test_passages_come_in_order_from_a_page_or_a_place_on() -> None:
    view = small_view()

    assert numbers(view, DEBIAN, 1) == [1, 2, 3, 4]
    assert numbers(view, DEBIAN, 2) == [3, 4]
    assert numbers(view, DEBIAN, 1, 5) == [1, 2, 3, 4]
    assert numbers(view, DEBIAN, 1, 102) == [2, 3, 4]
    assert numbers(view, DEBIAN, 3, 9_999) == []
    assert numbers(view, DEBIAN, 9) == []


def test_no_more_is_read_than_is_taken() -> None:
    view = long_view(n_pages=1, n_paragraphs=500)
    document = view.document(LAW)
    assert document is not None
    read: list[int] = []
    passages = view.passages

    def counting(ids: Sequence[str]) -> list[PassageRow]:
        read.append(len(ids))
        return passages(ids)

    view.passages = counting  # type: ignore[method-assign]
    first = next(passages_from(view, document, 1, 50_000))

    assert first.end > 50_000
    assert sum(read) < 40


def test_the_view_in_memory_is_one() -> None:
    assert isinstance(small_view(), WorkspaceView)
