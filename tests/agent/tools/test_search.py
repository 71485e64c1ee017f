"""`workspace.search`: shape, size and what it keeps to itself."""

from typing import Any

import pytest

from mypt.agent.room import rendered_length
from mypt.agent.tools.search import SEARCH
from mypt.workspace.rows import Filters
from tests.agent.views import DEBIAN, LAW, MemoryView, long_view, small_view


def search(view: MemoryView, room: int = 3000, **arguments: Any) -> Any:
    return SEARCH(arguments, view, room)


def test_a_passage_comes_with_its_place_and_no_score() -> None:
    result = search(small_view(), query="Kündigungsfrist", top_k=1)

    assert result == {
        "passages": [
            {
                "doc_id": LAW,
                "id": f"{LAW}-1",
                "page": 1,
                "text": "Das Arbeitsverhältnis kann im ersten Dienstjahr mit einer Kündigungsfrist von einem "
                "Monat gekündigt werden.",
                "title": "Obligationenrecht",
            }
        ]
    }


def test_nothing_found_is_said_and_is_no_error() -> None:
    assert search(small_view(), query="Bananen") == {
        "passages": [],
        "note": "nothing found; try other words",
    }


def test_filters_reach_the_search() -> None:
    view = small_view()

    result = search(view, query="configuration Dienstjahr", filters={"documents": [DEBIAN]})

    assert {passage["doc_id"] for passage in result["passages"]} == {DEBIAN}
    assert view.queries == [("configuration Dienstjahr", 5, Filters(documents=(DEBIAN,)))]


@pytest.mark.parametrize("room", [400, 700, 1024, 3000])
def test_a_result_keeps_to_its_room(room: int) -> None:
    result = search(long_view(), room, query="paragraph word", top_k=20)

    assert rendered_length(result) <= room
    assert len(result["passages"]) == max(1, room // 300)
    assert all(passage["text"] for passage in result["passages"])


def test_fewer_passages_than_found_are_said() -> None:
    assert search(long_view(), 700, query="paragraph", top_k=5)["note"] == "2 of 5 shown"
