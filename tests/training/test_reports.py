"""Reports survive the way through JSON."""

import json
from dataclasses import asdict

from mypt.training.reports import CategoryLoss, PartLoss, ValidationReport

REPORT = ValidationReport(
    step=4,
    categories={"held_out": CategoryLoss(1.5, 3.0, 10, 20), "copy": CategoryLoss(2.0, 4.0, 5, 9, 0.25)},
    parts={"think": PartLoss(0.5, 0.75, 12)},
)


def test_a_report_comes_back_from_json_as_it_was() -> None:
    assert ValidationReport.from_json(json.loads(json.dumps(asdict(REPORT)))) == REPORT


def test_a_report_from_before_there_were_parts_has_none() -> None:
    plain = asdict(REPORT)
    del plain["parts"]

    assert ValidationReport.from_json(plain).parts == {}


def test_the_held_out_text_is_the_main_category() -> None:
    assert REPORT.held_out.bits_per_byte == 1.5
