"""Several processes of one command: started together, one speaks, a stop reaches all."""

import signal
import sys
import time
from pathlib import Path

import pytest

from mypt.cli.console import err
from mypt.cli.processes import one_speaks, start_processes
from mypt.errors import InputError
from tests.cli.line import PRETRAIN, contents, left_behind, refused, run, run_process, start_process

on_two = pytest.mark.skipif(sys.platform == "win32", reason="gloo over loopback was tried on Linux only")
ACCUMULATED = (*PRETRAIN, "--set", "training.grad_accum_steps=2", "--set", "training.audit=true")


def test_one_process_needs_no_other() -> None:
    start_processes(1)


def test_a_process_of_several_starts_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "1")

    start_processes(4)


def test_less_than_one_process_is_refused() -> None:
    with pytest.raises(InputError, match="at least one"):
        start_processes(0)


def test_all_but_the_main_process_are_silent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    try:
        with one_speaks() as speaks:
            sys.stdout.write("of another process")
    finally:
        err.quiet = False
        sys.stdout.close()
        monkeypatch.undo()

    assert speaks is False
    assert capsys.readouterr().out == ""


@on_two
def test_two_processes_make_the_same_model_as_one_and_print_it_once(own_line: Path) -> None:
    assert run(own_line, *ACCUMULATED, "--out", "one").code == 0

    two = run_process(own_line, *ACCUMULATED, "--out", "two", "--processes", "2")

    assert (two.code, two.out) == (0, "two/model\n"), two.err
    assert contents(own_line / "two" / "model") == contents(own_line / "one" / "model")
    assert left_behind(own_line) == []


@on_two
def test_an_error_that_all_share_is_shown_once(own_line: Path) -> None:
    outcome = run_process(own_line, *PRETRAIN, "--out", "two", "--processes", "2")

    assert "grad_accum_steps=1 micro-batches cannot be divided among 2" in refused(outcome, 2)


@on_two
def test_a_termination_reaches_all_and_leaves_a_checkpoint(own_line: Path) -> None:
    command = (*ACCUMULATED, "--set", "training.steps=2000", "--out", "two", "--processes", "2")
    metrics = own_line / "two" / "metrics.jsonl"
    with start_process(own_line, *command) as process:
        while not (metrics.is_file() and b'"event":"step"' in metrics.read_bytes()):
            assert process.poll() is None, process.communicate()
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        out, said = process.communicate(timeout=60)

    assert (process.returncode, out) == (130, ""), said
    assert said.count("the same command goes on from there") == 1
    assert list((own_line / "two" / "checkpoints").glob("step-*/manifest.json"))
