"""`mypt pretrain`: train, find, stop with Ctrl-C and go on, break down with a hint."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.line import (
    BUILD_DATASET,
    DATASET,
    MODEL,
    PRETRAIN,
    RUN,
    contents,
    left_behind,
    refused,
    run,
    run_process,
    start_process,
)

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

    assert "already holds an artifact of another recipe or other inputs" in message
    assert "--replace" in message
    assert contents(own_line / MODEL) == before
    replaced = run(own_line, *other, "--replace")
    assert (replaced.code, replaced.out) == (0, f"{MODEL}\n")
    assert json.loads(contents(own_line / MODEL)["manifest.json"])["counts"]["steps"] == 4


def test_a_loss_that_is_no_number_ends_with_4_and_a_hint(own_line: Path) -> None:
    outcome = run(own_line, *PRETRAIN, "--set", "training.learning_rate=1e30", "--out", "diverged")

    message = refused(outcome, 4)
    assert "loss or gradient is no number" in message
    assert "10 bad steps in a row" in message
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


def test_tensorboard_events_are_written_on_request_and_change_nothing(own_line: Path) -> None:
    pytest.importorskip("tensorboard")

    outcome = run(own_line, *PRETRAIN, "--out", "watched", "--tensorboard")

    assert (outcome.code, outcome.out) == (0, "watched/model\n")
    assert len(list((own_line / "watched" / "tensorboard").glob("events.out.tfevents.*"))) == 1
    assert not (own_line / RUN / "tensorboard").exists()
    assert contents(own_line / "watched" / "model") == contents(own_line / MODEL)


def wait_for_a_step(process: subprocess.Popen[str], metrics: Path) -> None:
    while not (metrics.is_file() and b'"event":"step"' in metrics.read_bytes()):
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_leaves_a_checkpoint_and_the_same_command_ends_in_the_same_bytes(
    own_line: Path, number: signal.Signals
) -> None:
    assert run(own_line, *LONG, "--out", "straight").code == 0

    with start_process(own_line, *LONG, "--out", "stopped") as process:
        wait_for_a_step(process, own_line / "stopped" / "metrics.jsonl")
        process.send_signal(number)
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


STOPPED = (*LONG, "--out", "stopped")


@pytest.fixture
def begun_line(own_line: Path) -> Path:
    """Return a line with a run that was killed after its first checkpoints."""
    with start_process(own_line, *STOPPED) as process:
        checkpoints = own_line / "stopped" / "checkpoints"
        while not list(checkpoints.glob("step-*/manifest.json")):
            assert process.poll() is None, process.communicate()
            time.sleep(0.002)
        process.kill()
        process.communicate()
    return own_line


def test_a_changed_recipe_is_refused_at_resume_with_the_difference(begun_line: Path) -> None:
    message = refused(run(begun_line, *STOPPED, "--set", "training.beta2=0.9"), 3)

    assert "another recipe, dataset or version" in message
    assert "training.beta2: 0.95 → 0.9" in message
    assert "training.beta1" not in message


def test_a_changed_dataset_and_tokenizer_are_refused_at_resume_with_the_difference(begun_line: Path) -> None:
    built = run(begun_line, *BUILD_DATASET, "--replace", "--set", "tokenizer=gpt2_bpe")
    assert built.code == 0, built.err

    message = refused(run(begun_line, *STOPPED, "--set", "model.block_size=16"), 3)

    assert f"{DATASET}: content " in message
    assert "another tokenizer" in message


def test_a_torn_checkpoint_is_said_and_the_one_before_it_used(begun_line: Path) -> None:
    straight = run_process(begun_line, *LONG, "--out", "straight")
    assert straight.code == 0, straight.err
    checkpoints = sorted((begun_line / "stopped" / "checkpoints").glob("step-*"))
    torn = shutil.copytree(checkpoints[-1], checkpoints[-1].with_name("step-00000099"))
    (torn / "state.json").write_bytes(b"{")

    outcome = run_process(begun_line, *STOPPED)

    assert outcome.code == 0, outcome.err
    assert "the checkpoint before it is used" in outcome.err
    assert contents(begun_line / "stopped" / "model") == contents(begun_line / "straight" / "model")


def test_a_log_that_was_edited_is_not_continued(begun_line: Path) -> None:
    metrics = begun_line / "stopped" / "metrics.jsonl"
    metrics.write_bytes(metrics.read_bytes().replace(b'"learning_rate":', b'"learning_rate": ', 1))
    lines = metrics.read_bytes().splitlines(keepends=True)
    metrics.write_bytes(b"".join(lines[:2] + lines[3:]))

    message = refused(run(begun_line, *STOPPED), 3)

    assert "metrics.jsonl" in message


LITTLE_MEMORY = "import resource; resource.setrlimit(resource.RLIMIT_AS, (3 * 2**30, 3 * 2**30))"


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are kept on Linux")
def test_a_micro_batch_that_does_not_fit_is_one_error_that_says_what_to_lower(own_line: Path) -> None:
    huge = ("--set", "training.batch_size=60000", "--set", "model.n_embd=128", "--out", "huge")

    message = refused(run_process(own_line, *PRETRAIN, *huge, first=LITTLE_MEMORY), 4)

    assert "out of memory with 60000 sequences" in message
    assert "--set training.batch_size=30000 --set training.grad_accum_steps=2" in message
