"""Files are read once, kept one by one, and nothing that was acknowledged is lost."""

import os
import random
import time
from itertools import count
from pathlib import Path

import pytest

from mypt.errors import InputError
from mypt.workspace.rows import OPERATOR, Added, Reader
from mypt.workspace.workspace import Workspace
from tests.workspace.fakes import (
    ENGLISH,
    GERMAN,
    PlainText,
    contents,
    counted,
    make,
    plain_text,
    write,
)
from tests.workspace.processes import start_adding, wait_for

FILES = {"a.txt": GERMAN, "b.txt": ENGLISH, "sub/c.txt": "broken"}


def _outcomes(added: list[Added]) -> dict[str, str]:
    return {one.origin: one.outcome for one in added}


def _settle(folder: Path) -> None:
    """Let the marks of files be relied on, as they are when a file is older than two seconds."""
    for path in folder.rglob("*"):
        os.utime(path, (1_000_000, 1_000_000))


def test_each_file_says_what_became_of_it(tmp_path: Path) -> None:
    write(tmp_path / "docs", {**FILES, ".hidden": ""})
    workspace = Workspace.create(tmp_path / "ws", plain_text)
    seen: list[tuple[int, int]] = []

    added = workspace.add([tmp_path / "docs"], owner="ann", progress=lambda *at: seen.append(at))

    assert _outcomes(added) == {
        "docs/a.txt": "added", "docs/b.txt": "added", "docs/sub/c.txt": "failed", "docs": "skipped"
    }  # fmt: skip
    assert [one.reason for one in added] == ["", "", "malformed: says so", "1 hidden files and folders"]
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_unchanged_files_are_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mypt.workspace.ingest._SETTLED_SECONDS", -1)
    write(tmp_path / "docs", FILES)
    reader = PlainText()
    workspace = Workspace.create(tmp_path / "ws", counted(reader))
    workspace.add([tmp_path / "docs"], owner="ann")
    before, reader.read = contents(tmp_path / "ws"), []
    monkeypatch.setattr("mypt.workspace.ingest.sha256_file", lambda _: pytest.fail("it was read"))

    added = workspace.add([tmp_path / "docs"], owner="ann")

    assert set(_outcomes(added).values()) == {"unchanged"}
    assert reader.read == []
    assert contents(tmp_path / "ws") == before


def test_a_file_that_was_only_touched_keeps_its_document(tmp_path: Path) -> None:
    write(tmp_path / "docs", FILES)
    reader = PlainText()
    workspace = Workspace.create(tmp_path / "ws", counted(reader))
    workspace.add([tmp_path / "docs"], owner="ann")
    before, reader.read = contents(tmp_path / "ws"), []
    _settle(tmp_path / "docs")

    added = workspace.add([tmp_path / "docs"], owner="ann")

    assert set(_outcomes(added).values()) == {"unchanged"}
    assert reader.read == []
    assert contents(tmp_path / "ws") == before
    assert {row.modified.year for row in workspace.documents(OPERATOR)} == {1970}


def test_a_changed_file_becomes_another_document_with_the_same_readers(tmp_path: Path) -> None:
    workspace = make(tmp_path, FILES)
    old = workspace.documents(OPERATOR)[0]
    workspace.set_readers(old.id, ["eve"])
    write(tmp_path / "docs", {"a.txt": ENGLISH})

    added = workspace.sync()

    new = workspace.documents(OPERATOR)[0]
    assert _outcomes(added)["docs/a.txt"] == "changed"
    assert (new.origin, new.readers, new.owner, new.language) == ("docs/a.txt", ("eve",), "ann", "en")
    assert new.id != old.id
    with pytest.raises(InputError, match="no such document"):
        workspace.document(OPERATOR, old.id)


def test_a_change_that_keeps_time_and_size_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mypt.workspace.ingest._SETTLED_SECONDS", -1)
    workspace = make(tmp_path, {"a.txt": GERMAN})
    path = tmp_path / "docs" / "a.txt"
    times = path.stat()
    time.sleep(0.02)  # the file system counts in steps of a few milliseconds
    path.write_text(GERMAN.replace("Leben", "Liebe"), encoding="utf-8")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    assert _outcomes(workspace.sync()) == {"docs/a.txt": "changed"}


def test_a_file_that_failed_is_tried_again_when_asked_for(tmp_path: Path) -> None:
    write(tmp_path / "docs", FILES)
    reader = PlainText()
    workspace = Workspace.create(tmp_path / "ws", counted(reader))
    workspace.add([tmp_path / "docs"], owner="ann")
    reader.read = []

    workspace.add([tmp_path / "docs"], owner="ann")
    before = list(reader.read)
    added = workspace.add([tmp_path / "docs"], owner="ann", retry=True)

    assert (before, reader.read) == ([], ["c.txt"])
    assert _outcomes(added)["docs/sub/c.txt"] == "failed"


def test_documents_that_were_cut_otherwise_are_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = make(tmp_path, FILES)
    before = [row.id for row in workspace.documents(OPERATOR)]
    for module in ("ingest", "changes"):
        monkeypatch.setattr(f"mypt.workspace.{module}.READ_BY", "chunks next")

    added = workspace.sync()

    assert set(_outcomes(added).values()) == {"changed", "failed"}
    assert [row.id for row in workspace.documents(OPERATOR)] == before


def test_what_is_gone_is_removed_by_a_sync_alone(tmp_path: Path) -> None:
    workspace = make(tmp_path, FILES)
    (tmp_path / "docs" / "a.txt").unlink()

    workspace.add([tmp_path / "docs"], owner="ann")
    before = len(workspace.documents(OPERATOR))
    added = workspace.sync()

    assert before == 3
    assert _outcomes(added)["docs/a.txt"] == "removed"
    assert [row.origin for row in workspace.documents(OPERATOR)] == ["docs/b.txt", "docs/sub/c.txt"]


def test_a_folder_that_is_not_there_takes_nothing_with_it(tmp_path: Path) -> None:
    workspace = make(tmp_path, FILES)
    (tmp_path / "docs").rename(tmp_path / "not mounted")

    added = workspace.sync()

    assert [(one.origin, one.outcome) for one in added] == [("docs", "failed")]
    assert len(workspace.documents(OPERATOR)) == 3


def test_a_folder_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    workspace = make(tmp_path, FILES)
    (tmp_path / "docs").rename(tmp_path / "old")
    write(tmp_path / "secret", {"key.txt": ENGLISH})
    (tmp_path / "docs").symlink_to("secret")

    workspace.sync()

    assert "docs/key.txt" not in {row.origin for row in workspace.documents(OPERATOR)}


def test_a_file_that_was_added_by_itself_goes_when_it_is_gone(tmp_path: Path) -> None:
    workspace = make(tmp_path, {})
    write(tmp_path, {"one.txt": GERMAN})
    workspace.add([tmp_path / "one.txt"], owner="ann")
    (tmp_path / "one.txt").unlink()

    assert _outcomes(workspace.sync()) == {"one.txt": "removed"}


def test_the_workspace_itself_is_not_added(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": GERMAN})
    workspace = Workspace.create(tmp_path / "ws", plain_text)

    added = workspace.add([tmp_path], owner="ann")

    assert [one.origin for one in added] == [f"{tmp_path.name}/a.txt"]


def test_a_link_out_of_the_folder_is_listed_and_its_target_never_read(tmp_path: Path) -> None:
    write(tmp_path / "docs", FILES)
    write(tmp_path / "secret", {"key.txt": "the key is 1234"})
    (tmp_path / "docs" / "link.txt").symlink_to("../secret/key.txt")
    (tmp_path / "docs" / "folder").symlink_to(tmp_path / "secret")
    workspace = Workspace.create(tmp_path / "ws", plain_text)

    workspace.add([tmp_path / "docs"], owner="ann")

    reasons = {row.origin: row.reason for row in workspace.documents(OPERATOR)}
    assert reasons["docs/link.txt"] == reasons["docs/folder"] == "not readable"
    assert b"1234" not in (tmp_path / "ws" / "workspace.db-wal").read_bytes()


def test_a_stop_in_the_middle_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    write(tmp_path / "docs", {f"{number}.txt": f"{number} {GERMAN}" for number in range(9)})
    workspace = Workspace.create(tmp_path / "ws", plain_text)

    adding = workspace.adding([tmp_path / "docs"], owner="ann")
    ids = {next(adding).document_id for _ in range(3)}
    adding.close()

    assert {row.id for row in workspace.documents(OPERATOR)} == ids


def test_nothing_acknowledged_is_lost_by_a_kill_at_any_moment(tmp_path: Path) -> None:
    docs = write(
        tmp_path / "docs",
        {
            f"{number:02}.txt": "broken" if number == 7 else f"{number} {GERMAN}\f{ENGLISH}"
            for number in range(24)
        },
    )
    whole = start_adding(tmp_path / "whole", docs, tmp_path / "whole.log")
    wait_for(1, tmp_path / "whole.log")
    begin = time.monotonic()
    whole.join()
    seconds_each = (time.monotonic() - begin) / 24
    expected = contents(tmp_path / "whole")
    moments = random.Random(5)  # noqa: S311
    n_cut = 0

    for number in range(20):
        path, log = tmp_path / f"{number}", tmp_path / f"{number}.log"
        process = start_adding(path, docs, log)
        wait_for(1 + number, log)
        time.sleep(seconds_each * moments.random())
        process.kill()
        process.join()
        acknowledged = set(log.read_text(encoding="utf-8").split()) - {"start", "end"}
        n_cut += 0 < len(acknowledged) < 24

        with Workspace.create(path, plain_text) as workspace:
            assert workspace.problems() == []
            assert acknowledged <= {row.id for row in workspace.documents(OPERATOR)}
            workspace.add([docs], owner="ann", readers=["bob"])
            assert workspace.problems() == []
        assert contents(path) == expected

    assert n_cut >= 5


def test_two_processes_add_at_once(tmp_path: Path) -> None:
    shared = write(tmp_path / "shared", {f"{number:02}.txt": f"{number} {GERMAN}" for number in range(20)})
    own = [write(tmp_path / name, {f"{n:02}.txt": f"{n} {ENGLISH}" for n in range(20)}) for name in "xy"]
    logs = (tmp_path / f"{number}.log" for number in count())

    processes = [start_adding(tmp_path / "ws", docs, next(logs)) for docs in (shared, shared, *own)]
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0] * 4
    with Workspace.open(tmp_path / "ws", plain_text) as workspace:
        origins = [row.origin for row in workspace.documents(OPERATOR)]
        assert origins == sorted(f"{root}/{n:02}.txt" for root in ("shared", "x", "y") for n in range(20))
        assert workspace.problems() == []
        assert len(workspace.all_passages()) == 60
        assert len(workspace.documents(Reader(frozenset({"bob"})))) == 60


def test_thousands_of_passages_are_added_in_one_go(tmp_path: Path) -> None:
    section = f"# Titel\n\n{GERMAN}\n\n"
    write(tmp_path / "docs", {f"{number}.txt": section * 1_000 for number in range(10)})
    workspace = Workspace.create(tmp_path / "ws", plain_text)

    added = workspace.add([tmp_path / "docs"], owner="ann")

    assert [one.n_passages for one in added] == [1_000] * 10
    assert len(workspace.all_passages()) == 10_000
