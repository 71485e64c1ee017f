"""What a phase forgot: flips, intervals, verdicts and their pages."""

from typing import Any

import pytest

from mypt.errors import InputError
from mypt.evaluation.forgetting import PhaseMeasured, paired_interval, report_forgetting
from tests.evaluation.outcomes import results

BEFORE = {"echo": 50, "facts": 30, "arithmetic": 30}


def measured(phase: int, passed: dict[str, int], **hold_outs: Any) -> PhaseMeasured:
    return PhaseMeasured(phase, results(passed), hold_outs)


def hold_out(lower: float, upper: float, outcome: str) -> dict[str, Any]:
    interval = {"lower": lower, "change": (lower + upper) / 2, "upper": upper}
    return {"interval": interval, "outcome": outcome, "n_windows": 40, "max_regression": 0.05}


def test_each_earlier_bucket_is_compared_with_the_parent() -> None:
    after = {"echo": 20, "facts": 50, "arithmetic": 29, "operators.copy": 40}

    first, second = report_forgetting([measured(2, after), measured(1, BEFORE)]).phases

    assert (first.phase, first.parent, first.buckets) == (1, None, ())
    verdicts = {one.change.bucket: one.verdict for one in second.buckets}
    assert verdicts == {"echo": "forgotten", "facts": "better", "arithmetic": "same"}
    lost = next(one for one in second.buckets if one.change.bucket == "echo")
    assert len(lost.change.lost) == 30
    assert lost.lower < -0.5 < lost.upper < 0


def test_a_phase_whose_parent_has_no_gate_is_compared_with_nothing() -> None:
    report = report_forgetting([measured(1, BEFORE), measured(3, BEFORE)])

    assert [one.parent for one in report.phases] == [None, None]
    assert "compared with nothing" in report.to_markdown()
    with pytest.raises(InputError, match="one phase"):
        report_forgetting([measured(1, BEFORE), measured(1, BEFORE)])


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (hold_out(-0.09, -0.01, "passed"), "better"),
        (hold_out(-0.01, 0.02, "passed"), "same"),
        (hold_out(0.06, 0.09, "failed"), "forgotten"),
        (hold_out(0.01, 0.09, "undecided"), "undecided"),
        ({**hold_out(0, 0, "failed"), "interval": None}, "forgotten"),
    ],
)
def test_a_hold_out_has_the_verdict_of_its_interval(found: dict[str, Any], verdict: str) -> None:
    report = report_forgetting([measured(1, BEFORE, general=found)])

    (one,) = report.phases[0].hold_outs
    assert one.verdict == verdict
    assert (one.change is None) == (found["interval"] is None)
    assert f"| {verdict} |" in report.to_markdown()


def test_the_table_holds_each_bucket_after_each_phase() -> None:
    report = report_forgetting(
        [measured(1, {"echo": 50}), measured(2, {"echo": 20, "operators.copy": 9, "skills_eval": 1})]
    )

    lines = report.to_markdown().splitlines()

    assert lines[2] == "| bucket | phase 1 | phase 2 |"
    assert lines[4:7] == [
        "| echo | 50/60 | 20/60 forgotten |",
        "| operators.copy |  | 9/60 |",
        "| skills\\_eval |  | 1/60 |",
    ]
    assert "Lost in echo: echo-020, echo-021" in "\n".join(lines)


def test_an_interval_of_paired_rates_is_that_of_its_paper() -> None:
    # Newcombe 1998, table II: 36 both, 12 and 2 discordant, 0 neither, method 10.
    found = paired_interval(36, 2, 12, 50)

    assert (round(found.lower, 4), round(found.upper, 4)) == (0.0569, 0.3404)


def test_rates_that_do_not_change_have_an_interval_around_nothing() -> None:
    still, all_pass = paired_interval(30, 0, 0, 60), paired_interval(60, 0, 0, 60)

    assert still.lower < 0 < still.upper < 0.05
    assert all_pass.lower < 0 < all_pass.upper
