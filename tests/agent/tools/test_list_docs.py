"""`workspace.list_docs`: short, sorted and in pages."""

from typing import Any

import pytest

from mypt.agent.room import rendered_length
from mypt.agent.tools.list_docs import LIST_DOCS
from mypt.errors import InputError
from tests.agent.views import DEBIAN, LAW, MemoryView, small_view


def many(n: int) -> MemoryView:
    return MemoryView(
        *((f"d{number:03}", f'Title {number:03} "{"x" * 90}"', ["text"]) for number in range(n))
    )


def list_docs(view: MemoryView, room: int = 3000, **arguments: Any) -> Any:
    return LIST_DOCS(arguments, view, room)


def test_documents_come_by_title_without_paths_or_owners() -> None:
    assert list_docs(small_view()) == {
        "documents": [
            {"doc_id": DEBIAN, "language": "en", "n_pages": 3, "title": "Debian handbook"},
            {"doc_id": LAW, "language": "de", "n_pages": 2, "title": "Obligationenrecht"},
        ],
        "n_documents": 2,
    }


@pytest.mark.parametrize("room", [400, 1024, 3000])
def test_all_pages_together_are_the_whole_list(room: int) -> None:
    view, page, seen = many(45), {"page": 1}, []

    while page:
        result = list_docs(view, room, **page)
        assert rendered_length(result) <= room
        seen += [document["doc_id"] for document in result["documents"]]
        page = result.get("continues")

    assert seen == [f"d{number:03}" for number in range(45)]


def test_a_page_that_is_not_there_is_an_error_to_act_on() -> None:
    with pytest.raises(InputError, match="the list has 1 pages") as caught:
        list_docs(small_view(), page=2)

    assert caught.value.hint == "page: 1 to 1"


def test_an_empty_workspace_has_an_empty_list() -> None:
    assert list_docs(MemoryView()) == {"documents": [], "n_documents": 0}
