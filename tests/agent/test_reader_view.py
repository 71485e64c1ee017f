"""A real workspace and its search through the eyes of one reader."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from mypt.agent.config import ToolSettings
from mypt.agent.reader_view import ReaderView
from mypt.agent.toolbox import Toolbox
from mypt.agent.view import WorkspaceView
from mypt.errors import InputError
from mypt.extraction.pages import Extracted, Unextractable
from mypt.retrieval.retriever import Retriever
from mypt.workspace.rows import OPERATOR, Filters, Reader
from mypt.workspace.workspace import Workspace
from tests.agent.conversations import answer_of, call, says, script
from tests.retrieval.workspaces import PAGE_END, PlainReader, add_text, make_workspace

LAKE = "Das rote Haus steht am See." + PAGE_END + "Im Garten wachsen drei Apfelbäume."
BOB = Reader(frozenset({"bob"}))


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with make_workspace(tmp_path) as workspace:
        add_text(workspace, "lake.txt", LAKE)
        add_text(workspace, "secret.txt", "Das Haus von Anna steht am See.", readers=["anna"], owner="anna")
        yield workspace


def view_of(workspace: Workspace, reader: Reader) -> ReaderView:
    return ReaderView(workspace, Retriever.open(workspace), reader)


def secret_id(workspace: Workspace) -> str:
    return next(row.id for row in workspace.documents(OPERATOR) if row.title == "secret")


def test_a_reader_sees_what_is_theirs(workspace: Workspace) -> None:
    operator, bob = view_of(workspace, OPERATOR), view_of(workspace, BOB)

    assert isinstance(bob, WorkspaceView)
    assert [row.title for row in operator.documents()] == ["lake", "secret"]
    assert [row.title for row in bob.documents()] == ["lake"]
    assert len(operator.search("Haus", 5, Filters())) == 2
    assert len(bob.search("Haus", 5, Filters())) == 1


def test_a_foreign_document_is_like_one_that_does_not_exist(workspace: Workspace) -> None:
    bob, secret = view_of(workspace, BOB), secret_id(workspace)

    assert bob.document(secret) is None
    assert bob.passages([f"{secret}-1"]) == []
    assert view_of(workspace, OPERATOR).document(secret) is not None


def test_passages_that_are_there_come_though_others_are_not(workspace: Workspace) -> None:
    bob = view_of(workspace, BOB)
    (lake,) = bob.documents()

    rows = bob.passages([f"{lake.id}-2", "x", f"{secret_id(workspace)}-1", f"{lake.id}-1"])

    assert [row.id for row in rows] == [f"{lake.id}-2", f"{lake.id}-1"]
    assert bob.passages([]) == []


@pytest.mark.parametrize("tool", ["workspace.get_doc", "workspace.summarize"])
def test_tools_say_no_more_of_a_foreign_document_than_of_an_absent_one(
    workspace: Workspace, tool: str
) -> None:
    bob, toolbox = view_of(workspace, BOB), Toolbox(ToolSettings())
    secret = secret_id(workspace)
    told: list[Any] = []

    for name in (secret, f"{secret}-1", "daaaaaaaaaaaa", "daaaaaaaaaaaa-1"):
        with pytest.raises(InputError) as caught:
            toolbox.run(tool, {"doc_id": name}, bob, room=1000, seconds=10)
        told.append((caught.value.message, caught.value.hint))

    assert len(set(told)) == 1


def test_search_read_and_answer_over_real_documents(workspace: Workspace) -> None:
    speaker = script(
        call("search", query="Apfelbäume im Garten"),
        call("get_doc", doc_id="@1", page=2),
        says("Im Garten wachsen drei Apfelbäume.", "@1"),
    )

    answer = answer_of(speaker, view=view_of(workspace, BOB))

    (citation,) = answer.citations
    assert answer.sentences[0].support.status == "supported"
    assert (citation.title, citation.page) == ("lake", 2)
    text = workspace.page_text(BOB, citation.document_id, citation.page)
    assert text[citation.start : citation.end] == "Im Garten wachsen drei Apfelbäume."
    assert answer.retrieved[0].parts.keys() >= {"keyword", "coverage"}
    assert len(answer.index_digest) == 64


def test_what_is_taken_away_meanwhile_is_no_longer_cited(workspace: Workspace) -> None:
    view = view_of(workspace, BOB)
    (lake,) = view.documents()
    found = view.search("Garten", 5, Filters())

    workspace.remove(lake.id)

    assert view.document(lake.id) is None
    assert view.passages([found[0].passage.id]) == []


def test_a_document_that_could_not_be_read_from_disk_is_none(tmp_path: Path) -> None:
    class Refusing(PlainReader):
        def extract(self, path: Path) -> Extracted:
            raise Unextractable("encrypted", path.name)

    (tmp_path / "locked.txt").write_text("x", "utf-8")
    with Workspace.create(tmp_path / "workspace", lambda: nullcontext(Refusing())) as workspace:
        workspace.add([tmp_path / "locked.txt"], owner="bob")
        (row,) = workspace.documents(OPERATOR)
        view = view_of(workspace, OPERATOR)

        assert row.status == "failed"
        assert view.documents() == []
        assert view.document(row.id) is None
