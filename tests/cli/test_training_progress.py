"""A training run as people see it."""

import pytest

from mypt.cli.training_progress import training_progress
from mypt.training.observers import Observer, StepReport
from mypt.training.validation import ValidationReport

STEP = StepReport(step=5, loss=2.0, learning_rate=1e-3, grad_norm=1.0, tokens=320, seconds=0.1)
VALIDATION = ValidationReport(step=5, bits_per_byte=3.0, nats_per_token=2.0, n_tokens=10, n_bytes=10)


def test_the_bar_shows_steps_loss_and_held_out_text_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with training_progress() as observer:
        observer.on_start(0, 12)
        observer.on_step(STEP)
        observer.on_validation(VALIDATION)

    out, err = capsys.readouterr()
    assert out == ""
    assert "5/12 loss 2.000  held-out 3.000 bits/byte" in err


def test_a_run_that_goes_on_says_from_where(capsys: pytest.CaptureFixture[str]) -> None:
    with training_progress() as observer:
        observer.on_start(4, 12)

    err = capsys.readouterr().err
    assert "going on from the checkpoint at step 4" in err
    assert "4/12" in err


def test_a_new_run_says_nothing_of_checkpoints(capsys: pytest.CaptureFixture[str]) -> None:
    with training_progress() as observer:
        observer.on_start(0, 12)

    assert "checkpoint" not in capsys.readouterr().err


def test_the_bar_is_an_observer_of_the_run() -> None:
    with training_progress() as observer:
        assert isinstance(observer, Observer)
