"""What the training commands share: options that change nothing of the model."""

from pathlib import Path

from mypt.cli.training import DEFAULT
from tests.cli.line import MODEL, PRETRAIN, contents, run


def test_by_default_one_process_trains_and_nothing_is_replaced() -> None:
    assert (DEFAULT.processes, DEFAULT.replace, DEFAULT.tensorboard) == (1, False, False)


def test_tensorboard_events_do_not_change_the_model(own_line: Path) -> None:
    outcome = run(own_line, *PRETRAIN, "--out", "watched", "--tensorboard")

    assert outcome.code == 0, outcome.err
    assert list((own_line / "watched" / "tensorboard").glob("events.*"))
    assert contents(own_line / "watched" / "model") == contents(own_line / MODEL)
