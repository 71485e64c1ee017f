"""Whoever wants to be told of a run has four methods."""

from pathlib import Path

from mypt.training.metrics_log import MetricsLog
from mypt.training.observers import Observer
from tests.training.models import Diary


def test_the_log_and_the_diary_of_the_tests_are_observers(tmp_path: Path) -> None:
    assert isinstance(MetricsLog(tmp_path / "metrics.jsonl", "genesis"), Observer)
    assert isinstance(Diary(), Observer)


def test_what_cannot_be_told_of_rare_events_is_no_observer() -> None:
    class Deaf:
        def on_start(self, step: int, steps: int) -> None: ...
        def on_step(self, report: object) -> None: ...
        def on_validation(self, report: object) -> None: ...

    assert not isinstance(Deaf(), Observer)
