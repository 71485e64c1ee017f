"""The metrics log is one line a step, and a resumed run continues it without repeats."""

import json
from pathlib import Path

from mypt.training.observers import MetricsLog, StepReport
from mypt.training.validation import ValidationReport


def step(number: int) -> StepReport:
    return StepReport(number, loss=1.5, learning_rate=0.1, grad_norm=2.0, tokens=10 * number, seconds=0.01)


def steps_in(path: Path) -> list[tuple[str, int]]:
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [(row["event"], row["step"]) for row in rows]


def test_steps_and_validations_are_lines(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl")
    log.on_start(0, 2)

    log.on_step(step(1))
    log.on_validation(ValidationReport(1, 2.0, 1.0, 10, 20))

    assert steps_in(log.path) == [("step", 1), ("validation", 1)]


def test_what_a_killed_process_wrote_after_its_checkpoint_is_dropped(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl")
    for number in (1, 2, 3):
        log.on_step(step(number))
    with log.path.open("ab") as file:
        file.write(b'{"event":"step","st')  # torn by the kill

    log.on_start(2, 10)
    log.on_step(step(3))

    assert steps_in(log.path) == [("step", 1), ("step", 2), ("step", 3)]


def test_a_run_that_starts_anew_starts_its_log_anew(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl")
    log.on_validation(ValidationReport(0, 2.0, 1.0, 10, 20))

    log.on_start(0, 10)
    log.on_validation(ValidationReport(0, 2.0, 1.0, 10, 20))

    assert steps_in(log.path) == [("validation", 0)]
