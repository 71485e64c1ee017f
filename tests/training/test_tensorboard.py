"""TensorBoard reads back what a run reported, and nothing twice."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("tensorboard")
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from mypt.errors import InputError
from mypt.training.observers import Observer
from mypt.training.reports import CategoryLoss, PartLoss, ValidationReport
from mypt.training.tensorboard import TensorBoardObserver, tensorboard_events
from tests.training.runs import make_step, make_validation


def points(folder: Path, tag: str) -> list[tuple[int, float]]:
    """Return (step, value) of a curve as TensorBoard itself reads it."""
    reader = EventAccumulator(str(folder))
    reader.Reload()
    return [(event.step, round(event.value, 6)) for event in reader.Scalars(tag)]


def test_a_step_becomes_a_point_on_each_curve(tmp_path: Path) -> None:
    with tensorboard_events(tmp_path) as board:
        board.on_start(0, 10)
        board.on_step(make_step(1, loss=3.0, tokens=100, seconds=0.5, data_seconds=0.125, grad_norm=0.7))
        board.on_step(make_step(2, loss=2.0, tokens=300, seconds=0.5, learning_rate=0.25))

    assert points(tmp_path, "training/loss") == [(1, 3.0), (2, 2.0)]
    assert points(tmp_path, "training/grad_norm") == [(1, 0.7), (2, 0.5)]
    assert points(tmp_path, "training/learning_rate")[1] == (2, 0.25)
    assert points(tmp_path, "speed/tokens_per_second") == [(2, 400.0)]
    assert points(tmp_path, "speed/data_wait")[0] == (1, 0.25)


def test_each_category_of_a_validation_has_its_curve(tmp_path: Path) -> None:
    report = ValidationReport(
        4,
        {"held_out": CategoryLoss(2.5, 5.0, 1, 1), "copy": CategoryLoss(1.0, 2.0, 1, 1, 0.75)},
        {"think": PartLoss(0.25, 0.5, 8)},
    )

    with tensorboard_events(tmp_path) as board:
        board.on_start(0, 10)
        board.on_validation(report)
        board.on_event({"event": "gold", "step": 4, "is_gold": True})

    assert points(tmp_path, "bits_per_byte/held_out") == [(4, 2.5)]
    assert points(tmp_path, "bits_per_byte/copy") == [(4, 1.0)]
    assert points(tmp_path, "accuracy/copy") == [(4, 0.75)]
    assert points(tmp_path, "nats_per_token/think") == [(4, 0.25)]
    assert points(tmp_path, "accuracy/think") == [(4, 0.5)]
    assert points(tmp_path, "gold/is_gold") == [(4, 1.0)]


def test_a_validation_can_be_read_while_the_run_goes_on(tmp_path: Path) -> None:
    with tensorboard_events(tmp_path) as board:
        board.on_start(0, 10)
        board.on_validation(make_validation(0, held_out=8.0))

        assert points(tmp_path, "bits_per_byte/held_out") == [(0, 8.0)]


def test_a_resumed_run_has_each_point_once(tmp_path: Path) -> None:
    with tensorboard_events(tmp_path) as board:
        board.on_start(0, 10)
        for step in range(1, 6):
            board.on_step(make_step(step, loss=9.0))

    with tensorboard_events(tmp_path) as board:
        board.on_start(3, 10)
        for step in range(4, 7):
            board.on_step(make_step(step, loss=1.0))

    losses = [(1, 9.0), (2, 9.0), (3, 9.0), (4, 1.0), (5, 1.0), (6, 1.0)]
    assert points(tmp_path, "training/loss") == losses


def test_a_rollback_takes_back_what_it_undid(tmp_path: Path) -> None:
    with tensorboard_events(tmp_path) as board:
        board.on_start(0, 10)
        for step in (1, 2, 3):
            board.on_step(make_step(step, loss=9.0))
        board.on_event({"event": "rollback", "step": 3, "to_step": 1, "data_offset": 2})
        board.on_step(make_step(2, loss=1.0))

    assert points(tmp_path, "training/loss") == [(1, 9.0), (2, 1.0)]


def test_a_run_that_starts_anew_forgets_the_one_before(tmp_path: Path) -> None:
    for loss in (9.0, 1.0):
        with tensorboard_events(tmp_path) as board:
            board.on_start(0, 10)
            board.on_validation(make_validation(0, held_out=loss))
            board.on_step(make_step(1, loss=loss))

    assert points(tmp_path, "training/loss") == [(1, 1.0)]
    assert points(tmp_path, "bits_per_byte/held_out") == [(0, 1.0)]


def test_nothing_is_written_before_a_run_starts(tmp_path: Path) -> None:
    with tensorboard_events(tmp_path / "board"):
        pass

    assert not (tmp_path / "board").exists()


def test_other_events_are_passed_over(tmp_path: Path) -> None:
    with tensorboard_events(tmp_path) as board:
        board.on_start(0, 10)
        board.on_event({"event": "stage", "step": 1, "name": "<b>"})
        board.on_event({"event": "end", "step": 1})

    assert isinstance(board, Observer)


def test_without_the_package_the_hint_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)

    with pytest.raises(InputError, match="not installed") as caught:
        TensorBoardObserver(tmp_path)

    assert "mypt[tensorboard]" in caught.value.hint
