"""A worker answers each line, whatever its tasks do to standard input and output, and ends with its input."""

import json
import signal
import subprocess
import sys
from pathlib import Path

from tests.execution.work import half_made, task

WORKER = [sys.executable, "-m", "mypt.execution.worker"]


def test_each_task_of_the_input_is_answered_whatever_it_prints_or_reads(tmp_path: Path) -> None:
    tasks = [task(tmp_path, "a", "start_a_program"), task(tmp_path, "b", "fail"), task(tmp_path, "c")]
    worker = subprocess.Popen(
        WORKER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert worker.stdin is not None
    assert worker.stdout is not None

    worker.stdin.write("".join(json.dumps(one.to_row()) + "\n" for one in tasks))
    worker.stdin.flush()
    answers = [json.loads(worker.stdout.readline()) for _ in tasks]
    out, said = worker.communicate(timeout=20)

    assert answers == [None, {"kind": "InputError", "message": "cannot do b", "hint": "try another"}, None]
    assert said.count("a library says something") == 2
    assert (out, worker.returncode) == ("", 0)


def test_the_end_of_the_input_ends_a_task_and_ctrl_c_does_not(tmp_path: Path) -> None:
    worker = subprocess.Popen(WORKER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert worker.stdin is not None
    worker.stdin.write(json.dumps(task(tmp_path, "a", "slow", seconds=60).to_row()) + "\n")
    worker.stdin.flush()
    while half_made(tmp_path) == []:
        assert worker.poll() is None

    worker.send_signal(signal.SIGINT)
    worker.communicate(timeout=20)

    assert worker.returncode == 0
