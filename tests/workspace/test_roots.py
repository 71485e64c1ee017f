"""What was added has a name of its own, and belongs to whoever added it."""

import os
from pathlib import Path

import pytest

from mypt.errors import InputError
from mypt.workspace.roots import resolve
from mypt.workspace.rows import EVERYONE, OPERATOR, Reader
from mypt.workspace.workspace import Workspace
from tests.workspace.fakes import ANN, BOB, ENGLISH, EVE, GERMAN, make, plain_text, write


def _origins(workspace: Workspace, reader: Reader = OPERATOR) -> list[str]:
    return [row.origin for row in workspace.documents(reader)]


def test_a_path_that_is_not_there_stops_before_anything_is_added(tmp_path: Path) -> None:
    write(tmp_path / "docs", {"a.txt": GERMAN})
    workspace = Workspace.create(tmp_path / "ws", plain_text)

    with pytest.raises(InputError, match="cannot be added"):
        workspace.add([tmp_path / "docs", tmp_path / "nowhere"], owner="ann")

    assert (_origins(workspace), workspace.roots(OPERATOR)) == ([], [])


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000])
def test_a_path_that_cannot_be_is_refused(path: str) -> None:
    with pytest.raises(InputError):
        resolve([Path(path)])


def test_a_path_below_another_is_walked_once(tmp_path: Path) -> None:
    docs = write(tmp_path / "docs", {"sub/a.txt": ""})

    assert resolve([docs / "sub", docs, docs / "sub" / ".." / "sub", docs]) == [docs]


def test_dots_and_links_in_a_named_path_lead_to_the_real_place(tmp_path: Path) -> None:
    docs = write(tmp_path / "docs", {"a.txt": ""})
    (tmp_path / "link").symlink_to(docs)

    assert resolve([tmp_path / "link" / ".." / "docs"]) == [docs]


def test_the_same_content_at_two_places_is_two_documents(tmp_path: Path) -> None:
    workspace = make(tmp_path, {"a.txt": GERMAN, "b.txt": GERMAN})
    write(tmp_path / "other" / "docs", {"a.txt": GERMAN})

    workspace.add([tmp_path / "other" / "docs"], owner="ann")

    rows = workspace.documents(OPERATOR)
    assert [row.origin for row in rows] == ["docs-2/a.txt", "docs/a.txt", "docs/b.txt"]
    assert len({row.id for row in rows}) == 3
    assert len({row.sha256 for row in rows}) == 1


def test_two_files_of_one_name_keep_their_suffix(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "ws", plain_text)
    for name in ("x", "y"):
        write(tmp_path / name, {"a.txt": GERMAN})
        workspace.add([tmp_path / name / "a.txt"], owner="ann")

    assert _origins(workspace) == ["a-2.txt", "a.txt"]


def test_a_place_in_a_root_belongs_to_it(tmp_path: Path) -> None:
    workspace = make(tmp_path, {"a.txt": GERMAN, "sub/b.txt": GERMAN})
    write(tmp_path / "docs", {"sub/c.txt": ENGLISH, "d.txt": ENGLISH})

    added = workspace.add([tmp_path / "docs" / "sub"], owner="ann")

    assert [one.origin for one in added] == ["docs/sub/b.txt", "docs/sub/c.txt"]
    assert len(workspace.roots(OPERATOR)) == 1


def test_a_folder_around_a_root_leaves_it_alone(tmp_path: Path) -> None:
    workspace = make(tmp_path / "all", {"a.txt": GERMAN}, readers=("bob",))
    write(tmp_path / "all", {"b.txt": ENGLISH})

    workspace.add([tmp_path / "all"], owner="ann")

    assert _origins(workspace) == ["all/b.txt", "docs/a.txt"]
    assert _origins(workspace, BOB) == ["docs/a.txt"]


def test_readers_hold_for_what_is_known_and_what_comes(tmp_path: Path) -> None:
    workspace = make(tmp_path, {"a.txt": GERMAN})

    workspace.add([tmp_path / "docs"], owner="ann", readers=["bob"])
    write(tmp_path / "docs", {"b.txt": ENGLISH})
    workspace.sync()

    assert _origins(workspace, BOB) == ["docs/a.txt", "docs/b.txt"]
    assert _origins(workspace, EVE) == []


def test_without_readers_they_stay_as_they_are(tmp_path: Path) -> None:
    workspace = make(tmp_path, {"a.txt": GERMAN}, readers=("bob",))

    workspace.add([tmp_path / "docs"], owner="ann")

    assert _origins(workspace, BOB) == ["docs/a.txt"]


def test_readers_of_a_place_in_a_root_are_its_own(tmp_path: Path) -> None:
    workspace = make(tmp_path, {"a.txt": GERMAN, "sub/b.txt": GERMAN})

    workspace.add([tmp_path / "docs" / "sub"], owner="ann", readers=["bob"])

    assert _origins(workspace, BOB) == ["docs/sub/b.txt"]


def test_another_user_cannot_open_what_is_not_theirs(tmp_path: Path) -> None:
    workspace = make(tmp_path, {"a.txt": GERMAN})

    with pytest.raises(InputError, match="another user"):
        workspace.add([tmp_path / "docs"], owner="eve", readers=["eve"])
    workspace.add([tmp_path / "docs"], owner="eve")

    assert _origins(workspace, EVE) == []


def test_everyone_reads_only_when_asked_for(tmp_path: Path) -> None:
    workspace = make(tmp_path, {"a.txt": GERMAN})
    before = _origins(workspace, Reader())

    workspace.set_root_readers("docs", [EVERYONE], ANN)

    assert (before, _origins(workspace, Reader())) == ([], ["docs/a.txt"])


def test_roots_are_shown_to_their_owner_and_changed_by_no_other(tmp_path: Path) -> None:
    workspace = make(tmp_path, {"a.txt": GERMAN}, readers=("bob",))

    assert [root.name for root in workspace.roots(ANN)] == ["docs"]
    assert workspace.roots(BOB) == []
    with pytest.raises(InputError, match="no such folder"):
        workspace.set_root_readers("docs", ["bob"], BOB)
    with pytest.raises(InputError, match="no such folder"):
        workspace.remove_root("docs", BOB)


def test_a_root_whose_name_is_no_text_can_be_walked(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"d\xff")
    write(folder, {"a.txt": GERMAN})
    workspace = Workspace.create(tmp_path / "ws", plain_text)

    workspace.add([folder], owner="ann")

    assert _origins(workspace) == ["d\\xff/a.txt"]
    assert [one.outcome for one in workspace.sync()] == ["unchanged"]
    assert workspace.roots(OPERATOR)[0].path.endswith("d\\xff")
