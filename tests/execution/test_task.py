"""A task's result is there whole or not at all, and is computed once."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mypt.errors import InputError
from mypt.execution.task import DONE_NAME, STAGING_NAME, Task, make_staging, remove_abandoned
from tests.execution.work import half_made, results, task

A_WEEK = 7 * 24 * 3600


def test_a_result_is_found_and_not_computed_again(tmp_path: Path) -> None:
    one = task(tmp_path, "a")
    one.run()
    written = (one.output / "out.txt").stat().st_ino

    task(tmp_path, "a").run()

    assert (one.output / "out.txt").stat().st_ino == written
    assert results([one]) == ["a" * 1000]
    assert half_made(tmp_path) == []


def test_the_name_depends_on_what_the_result_depends_on_and_on_nothing_else(tmp_path: Path) -> None:
    keys = {
        Task("m:f", {"path": path}, {"digest": digest}, tmp_path).key
        for path, digest in (("/a", "1"), ("/b", "1"), ("/a", "2"))
    }

    assert len(keys) == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda output: (output / "out.txt").write_text("b", encoding="utf-8"),
        lambda output: (output / "out.txt").unlink(),
        lambda output: (output / DONE_NAME).write_bytes(b'{"out.txt": "1'),
        lambda output: (output / DONE_NAME).write_bytes(b"[]"),
        lambda output: (output / DONE_NAME).unlink(),
        lambda output: output.rename(output.with_name("away")) and output.write_bytes(b""),
    ],
    ids=["changed", "gone", "torn list", "other list", "no list", "no folder"],
)
def test_a_damaged_result_is_computed_again(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    one = task(tmp_path, "a")
    one.run()
    damage(one.output)

    one.run()

    assert results([one]) == ["a" * 1000]
    assert one.is_done()
    assert half_made(tmp_path) == []


def test_files_in_folders_are_sealed_too(tmp_path: Path) -> None:
    one = task(tmp_path, "a", "nested")
    one.run()

    (one.output / "deep" / "out.txt").write_text("b", encoding="utf-8")

    assert not one.is_done()


def test_a_task_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot do a"):
        task(tmp_path, "a", "fail").run()

    assert not task(tmp_path, "a", "fail").is_done()
    assert half_made(tmp_path) == []


def test_another_process_may_be_faster(tmp_path: Path) -> None:
    arguments = {"text": "a"}
    one = Task("tests.execution.work:come_second", arguments, {}, tmp_path)
    arguments["output"] = str(one.output)

    one.run()

    assert results([one]) == ["a" * 1000]
    assert half_made(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="sets limits of POSIX")
def test_a_full_disk_is_said_to_be_full_and_leaves_nothing(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from pathlib import Path; from mypt.errors import StorageFull\n"
        "from tests.execution.work import task\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: task(Path(sys.argv[1]), 'a', 'large').run()\n"
        "except StorageFull as error: sys.exit(error.message)\n"
    )

    full = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=False)

    assert "no room left on the disk" in full.stderr
    assert [path.name for path in tmp_path.iterdir()] == [STAGING_NAME]
    assert half_made(tmp_path) == []


def test_a_store_that_cannot_be_written_is_the_callers_to_fix(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(InputError, match="cannot be written"):
        task(tmp_path / "file", "a").run()


def left_by(store: Path, pid: int, place: str | None = None) -> Path:
    """Make what a process left half-made, here or elsewhere."""
    own = make_staging(store, "key")
    _, _, here = own.name.split(".", 2)
    left = own.rename(own.with_name(f"key.{pid}.{place or here}"))
    (left / "half").write_bytes(b"x")
    return left


def test_what_a_dead_process_left_is_removed_even_when_nobody_waited_for_it(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read()
        time.sleep(0.05)
        left_by(tmp_path, process.pid)

        remove_abandoned(tmp_path)

        assert half_made(tmp_path) == []
    left_by(tmp_path, process.pid)
    task(tmp_path, "a").run()
    assert half_made(tmp_path) == []


def test_what_a_living_process_fills_stays(tmp_path: Path) -> None:
    filling = left_by(tmp_path, os.getppid())

    remove_abandoned(tmp_path)

    assert half_made(tmp_path) == [filling]


def test_what_another_machine_fills_stays_for_a_week(tmp_path: Path) -> None:
    young, old = (left_by(tmp_path, 2**22 + 1, place) for place in ("there-1", "there-2"))
    os.utime(young, times=(0, time.time() - A_WEEK + 3600))
    os.utime(old, times=(0, time.time() - A_WEEK - 3600))

    remove_abandoned(tmp_path)

    assert half_made(tmp_path) == [young]


def test_what_others_put_there_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / STAGING_NAME).mkdir()
    (tmp_path / STAGING_NAME / ".nfs000").write_bytes(b"")

    task(tmp_path, "a").run()

    assert [path.name for path in half_made(tmp_path)] == [".nfs000"]


def test_a_task_comes_back_from_its_row(tmp_path: Path) -> None:
    one = task(tmp_path, "a")

    assert Task.from_row(one.to_row()).output == one.output
