"""`mypt pretrain`: train, find, stop with Ctrl-C and go on, break down with a hint."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.line import DATASET, MODEL, PRETRAIN, RUN, contents, left_behind, refused, run, start_process

LONG = (*PRETRAIN, "--set", "training.steps=100", "--set", "training.validate_every=50")


def test_the_model_folder_alone_is_printed_and_progress_goes_to_stderr(own_line: Path) -> None:
    outcome = run(own_line, *PRETRAIN, "--out", "elsewhere")

    assert (outcome.code, outcome.out) == (0, "elsewhere/model\n")
    assert "12/12" in outcome.err
    assert "bits/byte" in outcome.err
    assert contents(own_line / "elsewhere" / "model") == contents(own_line / MODEL)
    assert left_behind(own_line) == []


def test_the_second_run_finds_the_model_and_does_not_train(own_line: Path) -> None:
    before = contents(own_line / RUN)
    written = (own_line / MODEL / "model.safetensors").stat().st_mtime_ns

    outcome = run(own_line, *PRETRAIN)

    assert (outcome.code, outcome.out) == (0, f"{MODEL}\n")
    assert contents(own_line / RUN) == before
    assert (own_line / MODEL / "model.safetensors").stat().st_mtime_ns == written


def test_another_recipe_is_refused_until_the_model_may_be_replaced(own_line: Path) -> None:
    before = contents(own_line / MODEL)
    other = (*PRETRAIN, "--set", "training.steps=4")

    message = refused(run(own_line, *other), 2)

    assert "already holds a model of another recipe or dataset" in message
    assert "--replace" in message
    assert contents(own_line / MODEL) == before
    replaced = run(own_line, *other, "--replace")
    assert (replaced.code, replaced.out) == (0, f"{MODEL}\n")
    assert json.loads(contents(own_line / MODEL)["manifest.json"])["counts"]["steps"] == 4


def test_a_loss_that_is_no_number_ends_with_4_and_a_hint(own_line: Path) -> None:
    outcome = run(own_line, *PRETRAIN, "--set", "training.learning_rate=1e30", "--out", "diverged")

    message = refused(outcome, 4)
    assert "the loss is nan" in message
    assert "training.learning_rate" in message
    assert not (own_line / "diverged" / "model").exists()


def test_a_dataset_that_is_not_there_is_refused_before_anything_is_written(own_line: Path) -> None:
    shutil.rmtree(own_line / DATASET)

    message = refused(run(own_line, *PRETRAIN, "--out", "new"), 3)

    assert message.startswith(f"{DATASET}: this artifact does not exist")
    assert not (own_line / "new").exists()


def test_text_shorter_than_one_block_is_refused(own_line: Path) -> None:
    message = refused(run(own_line, *PRETRAIN, "--set", "model.block_size=65536", "--out", "new"), 2)

    assert "too few for one window of 65536 tokens" in message
    assert "model.block_size" in message


def wait_for_a_step(process: subprocess.Popen[str], metrics: Path) -> None:
    while not (metrics.is_file() and b'"event":"step"' in metrics.read_bytes()):
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process there")
def test_ctrl_c_leaves_a_checkpoint_and_the_same_command_ends_in_the_same_bytes(own_line: Path) -> None:
    assert run(own_line, *LONG, "--out", "straight").code == 0

    with start_process(own_line, *LONG, "--out", "stopped") as process:
        wait_for_a_step(process, own_line / "stopped" / "metrics.jsonl")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    checkpoints = list((own_line / "stopped" / "checkpoints").glob("step-*/manifest.json"))
    has_model = (own_line / "stopped" / "model").exists()
    resumed = run(own_line, *LONG, "--out", "stopped")

    assert (process.returncode, out, has_model) == (130, "", False), err
    assert "the same command goes on from there" in err
    assert "Traceback" not in err
    assert checkpoints
    assert (resumed.code, resumed.out) == (0, "stopped/model\n")
    assert "going on from the checkpoint at step" in resumed.err
    assert contents(own_line / "stopped" / "model") == contents(own_line / "straight" / "model")
