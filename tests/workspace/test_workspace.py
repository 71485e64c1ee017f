"""A workspace from the outside: made, filled, asked, emptied; by threads, and with real files."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mypt.errors import InputError
from mypt.workspace.rows import OPERATOR
from mypt.workspace.workspace import Workspace
from tests.workspace.fakes import ANN, BOB, ENGLISH, GERMAN, make, plain_text, write


def test_a_folder_without_workspace_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        Workspace.open(tmp_path)

    assert "mypt workspace add" in error.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_workspace_is_closed_by_its_block(tmp_path: Path) -> None:
    make(tmp_path, {"a.txt": GERMAN}).close()

    with Workspace.open(tmp_path / "ws") as workspace:
        assert len(workspace.documents(ANN)) == 1

    assert sorted(path.name for path in (tmp_path / "ws").iterdir()) == ["workspace.db"]


def test_a_document_that_was_removed_is_gone_and_does_not_come_back(tmp_path: Path) -> None:
    workspace = make(tmp_path, {"a.txt": GERMAN, "b.txt": ENGLISH})
    gone, kept = workspace.documents(OPERATOR)
    revision = workspace.revision()

    workspace.remove(gone.id, ANN)

    assert workspace.revision() > revision
    assert workspace.sync() == workspace.add([tmp_path / "docs"], owner="ann")
    assert workspace.documents(OPERATOR) == [kept]
    with pytest.raises(InputError, match="no such passage"):
        workspace.passages([f"{gone.id}-1"], OPERATOR)


def test_a_document_that_was_removed_comes_back_by_name(tmp_path: Path) -> None:
    workspace = make(tmp_path, {"a.txt": GERMAN})
    gone = workspace.documents(OPERATOR)[0]
    workspace.remove(gone.id)

    workspace.add([tmp_path / "docs" / "a.txt"], owner="ann")

    assert workspace.documents(OPERATOR) == [gone]


def test_a_file_that_was_added_by_itself_is_forgotten_with_its_document(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": GERMAN})
    workspace = Workspace.create(tmp_path / "ws", plain_text)
    (added,) = workspace.add([tmp_path / "a.txt"], owner="ann")

    workspace.remove(added.document_id)

    assert workspace.roots(OPERATOR) == []
    assert workspace.sync() == []


def test_a_root_goes_with_all_its_documents(tmp_path: Path) -> None:
    workspace = make(tmp_path, {"a.txt": GERMAN, "b.txt": ENGLISH})

    workspace.remove_root("docs", ANN)

    assert workspace.documents(OPERATOR) == []
    assert len(workspace.all_passages()) == 0
    assert workspace.problems() == []


def test_a_reader_removes_nothing(tmp_path: Path) -> None:
    workspace = make(tmp_path, {"a.txt": GERMAN}, readers=("bob",))

    with pytest.raises(InputError, match="only its owner"):
        workspace.remove(workspace.documents(BOB)[0].id, BOB)

    assert len(workspace.documents(ANN)) == 1


def test_a_snapshot_sees_one_state(tmp_path: Path) -> None:
    workspace, other = make(tmp_path, {"a.txt": GERMAN}), Workspace.open(tmp_path / "ws", plain_text)

    with workspace.snapshot():
        before = (workspace.revision(), len(workspace.all_passages()))
        other.remove(other.documents(OPERATOR)[0].id)
        during = (workspace.revision(), len(workspace.all_passages()))
        allowed = workspace.allowed_passages(ANN).sum()

    assert before == during
    assert allowed == 1
    assert len(workspace.all_passages()) == 0


def test_threads_read_while_one_writes(tmp_path: Path) -> None:
    workspace = make(tmp_path, {f"{n}.txt": f"{n} {GERMAN}" for n in range(5)})
    is_over = threading.Event()

    def look() -> int:
        n_looks = 0
        while not is_over.is_set():
            with workspace.snapshot():
                table, mask = workspace.all_passages(), workspace.allowed_passages(ANN)
                rows = workspace.passages(table.ids, ANN)
            assert len(table) == len(mask) == len(rows)
            assert mask.all()
            n_looks += 1
        return n_looks

    with ThreadPoolExecutor(2) as threads:
        looks = [threads.submit(look) for _ in range(2)]
        for number in range(10):
            write(tmp_path / "docs", {f"{number}.txt": f"{number} {ENGLISH} {number}"})
            workspace.sync()
        is_over.set()

    assert all(found.result() > 0 for found in looks)
    assert len(workspace.documents(ANN)) == 10


def test_real_files_are_read_in_a_process_of_their_own(tmp_path: Path) -> None:
    write(
        tmp_path / "docs",
        {
            "law.md": f"# Gesetz\n\n## Art. 1\n\n{GERMAN}\n",
            "note.txt": ENGLISH,
            "empty.txt": "",
            "broken.pdf": "%PDF-1.7",
        },
    )

    with Workspace.create(tmp_path / "ws") as workspace:
        workspace.add([tmp_path / "docs"], owner="ann")
        rows = {row.origin: row for row in workspace.documents(ANN)}
        (passage,) = workspace.passages_of(ANN, rows["docs/law.md"].id)

    assert (passage.heading_path, passage.language) == (("Gesetz", "Art. 1"), "de")
    assert (rows["docs/note.txt"].language, rows["docs/note.txt"].n_passages) == ("en", 1)
    assert rows["docs/empty.txt"].reason == "no text"
    assert rows["docs/broken.pdf"].status == "failed"
