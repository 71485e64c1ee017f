"""Documents and passages come out as they went in."""

from pathlib import Path

import pytest

from mypt.errors import InputError
from mypt.files import sha256_bytes
from mypt.workspace.documents import DOCUMENT_ID, PASSAGE_ID
from mypt.workspace.rows import OPERATOR, Filters
from mypt.workspace.workspace import Workspace
from tests.workspace.fakes import ANN, BOB, ENGLISH, GERMAN, make

FILES = {"b.txt": f"# Titel\n\n{GERMAN}\f{ENGLISH}", "a/x.txt": ENGLISH, "c.txt": "broken"}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make(tmp_path, FILES, readers=("staff", "bob"))


def test_a_document_says_all_about_itself(workspace: Workspace) -> None:
    row = workspace.documents(OPERATOR)[1]

    assert DOCUMENT_ID.fullmatch(row.id)
    assert (row.origin, row.title, row.format, row.owner) == ("docs/b.txt", "b", "text", "ann")
    assert (row.readers, row.status, row.reason) == (("bob", "staff"), "ready", "")
    assert (row.n_pages, row.n_passages) == (2, 2)
    assert row.sha256 == sha256_bytes(FILES["b.txt"].encode())
    assert row.n_bytes == len(FILES["b.txt"].encode())


def test_documents_come_by_origin_with_those_that_failed(workspace: Workspace) -> None:
    rows = workspace.documents(OPERATOR)

    assert [row.origin for row in rows] == ["docs/a/x.txt", "docs/b.txt", "docs/c.txt"]
    assert (rows[2].status, rows[2].reason, rows[2].n_passages) == ("failed", "malformed", 0)
    assert workspace.warnings(OPERATOR, rows[2].id) == ("says so",)


def test_a_passage_is_a_slice_of_its_page(workspace: Workspace) -> None:
    document = workspace.documents(OPERATOR)[1]

    first, second = workspace.passages_of(OPERATOR, document.id)

    assert PASSAGE_ID.fullmatch(first.id)
    assert (first.page, first.number, first.heading_path, first.language) == (1, 1, ("# Titel",), "de")
    assert (second.page, second.number, second.heading_path, second.language) == (2, 2, ("# Titel",), "en")
    for row in (first, second):
        assert row.text == workspace.page_text(OPERATOR, document.id, row.page)[row.start : row.end]


def test_passages_come_in_the_order_asked_for(workspace: Workspace) -> None:
    ids = [row.id for row in workspace.passages_of(OPERATOR, workspace.documents(OPERATOR)[1].id)]

    rows = workspace.passages([ids[1], ids[0], ids[1]], BOB)

    assert [row.id for row in rows] == [ids[1], ids[0], ids[1]]


@pytest.mark.parametrize(
    "id_", ["", "x", "daaaaaaaaaaaa-1", "DAAAAAAAAAAAA-1", "-1", "d'--1", "1", "\0", "\ud800"]
)
def test_what_is_no_passage_is_refused(workspace: Workspace, id_: str) -> None:
    with pytest.raises(InputError, match="no such passage"):
        workspace.passages([id_], OPERATOR)


@pytest.mark.parametrize("number", ["0", "3", "01", "-1", "1 ", "99999999999999999999"])
def test_a_number_without_passage_is_refused(workspace: Workspace, number: str) -> None:
    id_ = workspace.documents(OPERATOR)[1].id

    with pytest.raises(InputError, match="no such passage"):
        workspace.passages([f"{id_}-{number}"], OPERATOR)


@pytest.mark.parametrize("page", [0, 3, -1, 10**30])
def test_a_page_that_is_not_there_is_refused(workspace: Workspace, page: int) -> None:
    id_ = workspace.documents(OPERATOR)[1].id

    with pytest.raises(InputError, match=f"has no page {page}"):
        workspace.page_text(OPERATOR, id_, page)


@pytest.mark.parametrize("id_", ["", "b.txt", "d' OR 1=1 --", "\ud800", "x" * 10_000])
def test_what_is_no_document_is_refused(workspace: Workspace, id_: str) -> None:
    with pytest.raises(InputError, match="no such document"):
        workspace.document(OPERATOR, id_)
    assert workspace.documents(OPERATOR, Filters(documents=(id_,), languages=(id_,))) == []


def test_the_sums_are_those_of_the_documents(workspace: Workspace) -> None:
    summary = workspace.summary(ANN)

    assert (summary.n_documents, summary.n_failed, summary.n_passages) == (2, 1, 3)
    assert summary.languages == {"de": 1, "en": 1}
    assert summary.formats == {"text": 2}
    assert summary.reasons == {"malformed": 1}
    assert summary.n_bytes == sum(len(text.encode()) for text in FILES.values())


def test_every_passage_can_be_walked_through(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mypt.workspace.workspace._AT_ONCE", 2)

    found = list(workspace.every_passage())

    assert [passage.row.id for passage in found] == workspace.all_passages().ids
    assert list(workspace.every_passage(after=found[0].number)) == found[1:]
