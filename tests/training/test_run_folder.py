"""Where a run keeps what it makes."""

from pathlib import Path

from mypt.training.run_folder import RunFolder


def test_everything_a_run_makes_lies_in_its_folder() -> None:
    run = RunFolder(Path("run"))

    assert {path.as_posix() for path in (run.model, run.gold, run.checkpoints, run.metrics)} == {
        "run/model", "run/gold", "run/checkpoints", "run/metrics.jsonl",
    }  # fmt: skip
