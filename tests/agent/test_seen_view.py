"""Hits are kept for the record of an answer."""

from mypt.agent.seen_view import SeenView
from mypt.agent.view import WorkspaceView
from mypt.workspace.rows import Filters
from tests.agent.views import DEBIAN, LAW, small_view


def test_the_best_hit_of_each_passage_is_kept() -> None:
    view = SeenView(small_view())

    view.search("Ferien", 5, Filters())
    view.search("Ferien Arbeitgeber", 5, Filters())
    view.search("Ferien", 5, Filters())

    assert {name: hit.score for name, hit in view.hits.items()} == {f"{LAW}-3": 2.0}


def test_it_shows_what_the_other_view_shows() -> None:
    inner = small_view()
    view = SeenView(inner)

    assert isinstance(view, WorkspaceView)
    assert view.digest == inner.digest
    assert view.documents() == inner.documents()
    assert view.document(DEBIAN) == inner.document(DEBIAN)
    assert view.passages([f"{LAW}-1", "x"]) == inner.passages([f"{LAW}-1"])
