"""Workspaces of the suites: whole, found by name, and with the same ids wherever they are kept."""

from pathlib import Path

import pytest

from mypt.errors import InputError
from mypt.evaluation.live_workspace import open_documents, open_live_workspace
from mypt.workspace.rows import Filters

NAMES = ("bergstadt", "clinic", "harbour_town", "spital_und_kanzlei")


@pytest.mark.parametrize("name", NAMES)
def test_each_workspace_is_read_whole_and_in_one_language(name: str, tmp_path: Path) -> None:
    view = open_live_workspace(name, tmp_path)

    rows = view.documents()

    assert len(rows) == 7
    assert {row.language for row in rows} == {"en" if name in ("clinic", "harbour_town") else "de"}
    assert all(row.origin.startswith(f"{name}/") for row in rows)


def test_ids_do_not_depend_on_where_it_is_kept(tmp_path: Path) -> None:
    first, second = (open_live_workspace("clinic", tmp_path / name) for name in ("one", "two"))

    found = [[hit.passage.id for hit in view.search("rescue boat", 3, Filters())] for view in (first, second)]

    assert found[0]
    assert found[0] == found[1]


def test_a_workspace_that_is_there_is_taken_as_it_is(tmp_path: Path) -> None:
    before = open_live_workspace("clinic", tmp_path).documents()

    assert open_live_workspace("clinic", tmp_path).documents() == before


@pytest.mark.parametrize("name", ["nowhere", "", "../suites", "."])
def test_a_name_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no suite has a workspace") as caught:
        open_live_workspace(name, tmp_path)

    assert "clinic" in str(caught.value.hint)


def test_a_document_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "empty.txt").write_text(" ", "utf-8")

    with pytest.raises(InputError, match=r"empty\.txt"):
        open_documents(documents, tmp_path / "kept")
