"""Processes on this machine do every task once, whoever of them is killed when."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from mypt.errors import InputError, MyptError, StorageFull
from mypt.execution.local import LocalRunner
from mypt.execution.task import Task
from tests.execution.work import digests, half_made, results, started_by, task

RUN = """
import sys
from pathlib import Path
from mypt.execution.local import LocalRunner
from tests.execution.work import task

tasks = [task(Path(sys.argv[1]), str(n), "slow", seconds=float(sys.argv[2])) for n in range(int(sys.argv[3]))]
with LocalRunner(2) as runner:
    runner.run(tasks)
"""

LIMIT = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"


def start(store: Path, seconds: float, n_tasks: int) -> subprocess.Popen[str]:
    """Start a process that runs slow tasks with two workers."""
    command = [sys.executable, "-c", RUN, str(store), str(seconds), str(n_tasks)]
    return subprocess.Popen(command, text=True, stderr=subprocess.PIPE)


def tasks_of(store: Path, seconds: float, n_tasks: int) -> list[Task]:
    """Return the tasks that such a process runs."""
    return [task(store, str(n), "slow", seconds=seconds) for n in range(n_tasks)]


def workers_at_work(process: subprocess.Popen[str], store: Path) -> list[psutil.Process]:
    """Return both workers of a process as soon as both fill a folder."""
    deadline = time.monotonic() + 30
    while len(half_made(store)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return started_by(process.pid)


@pytest.mark.parametrize("n_workers", [1, 3])
def test_every_task_is_done_and_counted(tmp_path: Path, n_workers: int) -> None:
    tasks = [task(tmp_path, str(n)) for n in range(8)]
    seen: list[tuple[int, int]] = []

    with LocalRunner(n_workers) as runner:
        runner.run([*tasks, tasks[0]], lambda done, total: seen.append((done, total)))
        runner.run(tasks[:3])

    assert results(tasks) == [str(n) * 1000 for n in range(8)]
    assert seen == [(n, 8) for n in range(1, 9)]
    assert started_by() == []


@pytest.mark.parametrize("n_workers", [1, 2])
def test_what_tasks_print_goes_to_the_standard_error(
    tmp_path: Path, n_workers: int, capfd: pytest.CaptureFixture[str]
) -> None:
    with LocalRunner(n_workers) as runner:
        runner.run([task(tmp_path, "a"), task(tmp_path, "b")])

    out, err = capfd.readouterr()
    assert (out, err.count("a library says something")) == ("", 2)


@pytest.mark.parametrize("n_workers", [1, 2])
def test_the_first_error_by_place_is_raised(tmp_path: Path, n_workers: int) -> None:
    tasks = [task(tmp_path, "a"), task(tmp_path, "b", "fail"), task(tmp_path, "c", "fail")]

    with LocalRunner(n_workers) as runner, pytest.raises(InputError, match="cannot do b") as caught:
        runner.run(tasks)

    assert caught.value.hint == "try another"
    assert tasks[0].is_done()


def test_processes_stay_from_list_to_list_and_come_anew_after_an_error(tmp_path: Path) -> None:
    lists = [[task(tmp_path, f"{number}{n}") for n in range(4)] for number in range(3)]

    with LocalRunner(2) as runner:
        runner.run(lists[0])
        first = {child.pid for child in started_by()}
        runner.run(lists[1])
        second = {child.pid for child in started_by()}
        with pytest.raises(MyptError):
            runner.run([task(tmp_path, text, "die") for text in "ab"])
        runner.run(lists[2])

    assert first == second
    assert all(one.is_done() for tasks in lists for one in tasks)


def test_alone_until_its_patience_ends_and_with_others_from_then_on(tmp_path: Path) -> None:
    lists = [[task(tmp_path, f"{number}{n}", "sign") for n in range(4)] for number in range(3)]

    with LocalRunner(2, patience=60.0) as runner:
        runner.run(lists[0])
        runner.patience = 0.0
        runner.run(lists[1])
        runner.patience = 60.0
        runner.run(lists[2])

    here = [[text == str(os.getpid()) for text in results(tasks)] for tasks in lists]
    assert here == [[True] * 4, [False] * 4, [False] * 4], "workers that are there do all the work"


@pytest.mark.parametrize(
    ("name", "message"),
    [("die", "killed by signal 9, most likely for want of memory"), ("bug", "into a bug")],
)
def test_a_worker_that_ends_is_noticed_and_what_is_done_is_kept(
    tmp_path: Path, name: str, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    tasks = [task(tmp_path, "a"), task(tmp_path, "b", name)]

    with LocalRunner(2) as runner, pytest.raises(MyptError, match=message) as caught:
        runner.run(tasks)

    assert tasks[0].is_done()
    assert half_made(tmp_path) == []
    assert ("--workers" in caught.value.hint) == (name == "die")
    assert ("ZeroDivisionError" in capfd.readouterr().err) == (name == "bug")


@pytest.mark.skipif(sys.platform == "win32", reason="sets limits of POSIX")
def test_a_full_disk_is_said_to_be_full(tmp_path: Path) -> None:
    code = LIMIT + RUN.replace('"slow"', '"large"')
    command = [sys.executable, "-c", code, str(tmp_path), "0", "4"]

    full = subprocess.run(command, capture_output=True, text=True, check=False)

    assert f"{StorageFull.__name__}: {tmp_path}: no room left" in full.stderr
    assert half_made(tmp_path) == []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_with_the_process_that_started_them(tmp_path: Path, how: signal.Signals) -> None:
    process = start(tmp_path, 60, 4)
    children = workers_at_work(process, tmp_path)

    process.send_signal(how)
    process.communicate()
    gone, alive = psutil.wait_procs(children, timeout=20)

    assert (len(gone), alive) == (2, [])


def test_ctrl_c_ends_all_and_leaves_nothing(tmp_path: Path) -> None:
    process = start(tmp_path, 60, 4)
    children = workers_at_work(process, tmp_path)

    for one in (psutil.Process(process.pid), *children):
        one.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)

    assert said.count("KeyboardInterrupt") == 1
    assert psutil.wait_procs(children, timeout=20)[1] == []
    assert half_made(tmp_path) == []


def test_two_processes_may_work_on_one_store(tmp_path: Path) -> None:
    both = [start(tmp_path, 0.02, 20) for _ in range(2)]

    codes = [process.communicate() and process.returncode for process in both]

    assert codes == [0, 0]
    assert all(one.is_done() for one in tasks_of(tmp_path, 0.02, 20))
    assert half_made(tmp_path) == []


def test_kills_at_ten_moments_end_with_the_same_results(tmp_path: Path) -> None:
    chance = random.Random(20)  # noqa: S311
    tasks = tasks_of(tmp_path / "killed", 0.02, 60)
    for _ in range(10):
        process = start(tmp_path / "killed", 0.02, 60)
        victims = [psutil.Process(process.pid)]
        if chance.random() < 0.5:
            victims = workers_at_work_or_none(process) or victims
        time.sleep(chance.uniform(0, 0.4))
        _kill(chance.choice(victims))
        process.communicate()
    clean = tasks_of(tmp_path / "clean", 0.02, 60)

    with LocalRunner(2) as runner:
        runner.run(tasks)
        runner.run(clean)

    assert digests(tasks) == digests(clean)
    assert half_made(tmp_path / "killed") == []


def workers_at_work_or_none(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Return the workers of a process when it has some; none when everything is done."""
    while process.poll() is None:
        if found := started_by(process.pid):
            return list(found)
        time.sleep(0.01)
    return []


def _kill(process: psutil.Process) -> None:
    try:
        os.kill(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
