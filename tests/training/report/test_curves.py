"""Curves hold what a run measured, thinned without hiding its extremes."""

from pathlib import Path

import numpy as np
import pytest

from mypt.training.metrics_log import MetricsLog
from mypt.training.report.curves import (
    MAX_POINTS,
    StageStart,
    category_curves,
    last_step,
    stage_starts,
    step_curves,
    thin,
)
from mypt.training.reports import StepReport, ValidationReport
from mypt.training.run_record import RunLog, read_run
from tests.training.runs import GENESIS, NAN, make_step, make_validation


def make_log(folder: Path, *reports: StepReport | ValidationReport) -> RunLog:
    log = MetricsLog(folder / "metrics.jsonl", GENESIS)
    for report in reports:
        if isinstance(report, StepReport):
            log.on_step(report)
        else:
            log.on_validation(report)
    log.flush()
    return read_run(folder).log


def test_a_short_curve_is_shown_as_it_is() -> None:
    curve = thin([1, 2, 3], [4.0, 5.0, 6.0])

    assert (curve.steps.tolist(), curve.middle.tolist()) == ([1, 2, 3], [4, 5, 6])
    assert not curve.is_thinned


def test_a_long_curve_keeps_mean_and_extremes_of_each_part() -> None:
    curve = thin(range(8), [1.0, 3.0, 5.0, 5.0, 0.0, 100.0, 7.0, 7.0], limit=4)

    assert curve.steps.tolist() == [0.5, 2.5, 4.5, 6.5]
    assert curve.middle.tolist() == [2, 5, 50, 7]
    assert curve.low.tolist() == [1, 5, 0, 7]
    assert curve.high.tolist() == [3, 5, 100, 7]
    assert curve.is_thinned


@pytest.mark.parametrize("n", [MAX_POINTS, MAX_POINTS + 1, 100_003])
def test_no_curve_has_more_points_than_a_page_can_show(n: int) -> None:
    values = np.linspace(5, 1, n)

    curve = thin(range(n), values)

    assert len(curve.steps) == min(n, MAX_POINTS)
    assert (curve.low.min(), curve.high.max()) == (1, 5)
    assert (np.diff(curve.steps) > 0).all()


def test_what_is_not_finite_has_no_place_on_a_curve() -> None:
    curve = thin([1, 2, 3, 4], [1.0, NAN, float("inf"), 2.0])

    assert curve.steps.tolist() == [1, 4]


def test_the_speed_of_a_step_is_its_tokens_over_its_seconds(tmp_path: Path) -> None:
    log = make_log(
        tmp_path,
        make_step(1, tokens=100, seconds=1.0), make_step(2, tokens=300, seconds=0.5),
        make_step(3, tokens=400, seconds=0.0), make_step(4, tokens=400, seconds=1.0),
    )  # fmt: skip

    curves = step_curves(log)

    assert (curves["tokens_per_second"].steps.tolist(), curves["tokens_per_second"].middle.tolist()) == (
        [2], [400],
    )  # fmt: skip
    assert curves["loss"].middle.tolist() == [make_step(step).loss for step in (1, 2, 3, 4)]


def test_a_category_has_a_point_where_it_was_measured(tmp_path: Path) -> None:
    log = make_log(tmp_path, make_validation(0, held_out=8.0), make_validation(5, held_out=3.0, late=2.0))

    curves = category_curves(log)

    assert list(curves) == ["held_out", "late"]
    assert (curves["late"].steps.tolist(), curves["late"].middle.tolist()) == ([5], [2])


def test_stages_begin_where_their_name_first_appears(tmp_path: Path) -> None:
    log = make_log(tmp_path, *(make_step(n, stage="a" if n < 3 else "b") for n in range(1, 6)))

    assert stage_starts(log) == [StageStart("a", 1), StageStart("b", 3)]


def test_the_last_step_is_that_of_whatever_came_last(tmp_path: Path) -> None:
    assert last_step(make_log(tmp_path / "a", make_validation(0, held_out=8.0))) == 0
    assert last_step(make_log(tmp_path / "b", make_step(3), make_validation(2, held_out=8.0))) == 3
