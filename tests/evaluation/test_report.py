"""What gates said as Markdown and as a page."""

import re

from mypt.evaluation.gate import GateRecipe, GateReport, judge_gate
from mypt.evaluation.report import MAX_EXAMPLES, to_markdown, to_page
from tests.evaluation.outcomes import outcome, results
from tests.evaluation.test_gate import FIRST, recipe

EVIL = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>\u202e\x07"
SECOND = {"operators.copy": 0.5, "operators.wrap": 0.5, "operators.extract": 0.5}


def report(phase: int = 1, n_passed: int = 60) -> GateReport:
    buckets = FIRST if phase == 1 else {**FIRST, **SECOND}
    return judge_gate(results(dict.fromkeys(buckets, n_passed)), GateRecipe(phase=phase, buckets=buckets))


def hostile() -> GateReport:
    bad = [
        outcome(
            "echo", number, passed=False, id=f"echo-{EVIL}-{number}", question=EVIL, output=EVIL, reason=EVIL
        )
        for number in range(60)
    ]
    others = [one for one in results(dict.fromkeys(FIRST, 60)).outcomes if one.bucket != "echo"]
    return judge_gate(results({}).model_copy(update={"outcomes": (*others, *bad)}), recipe())


def test_markdown_shows_each_bucket_with_interval_threshold_and_verdict() -> None:
    text = to_markdown(report(n_passed=45))

    assert "# Gate of phase 1: not passed" in text
    assert "| echo | 45/60 | de 22/30, en 23/30 | 62.8% to 84.2% | 70% | not passed |" in text
    assert "## Failures of echo" in text
    assert text.count("- echo-") == MAX_EXAMPLES


def test_hold_outs_stand_in_both_forms() -> None:
    verdict = judge_gate(results(dict.fromkeys(FIRST, 60)), recipe(max_regression=0.05))

    assert "\n\n- hold-outs: not passed, no hold-out was measured" in to_markdown(verdict)
    assert "no hold-out was measured" in to_page([verdict])


def test_hostile_text_is_no_markup_in_either_form() -> None:
    page, text = to_page([hostile()]), to_markdown(hostile())

    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page
    assert "\u202e" not in page + text
    assert "\x07" not in page + text
    assert not re.search(r"(?<!\\)<script", text)


def test_a_page_of_one_gate_has_no_curves_and_of_several_it_has() -> None:
    one, several = to_page([report()]), to_page([report(2), report(1, 30)])

    assert "<svg" not in one
    assert several.count("<svg") == 2
    assert several.index("Phase 1: the gate stays shut") < several.index("Phase 2: the gate opens")
    assert "operators.copy" in several


def test_the_same_reports_give_the_same_bytes() -> None:
    assert to_page([report(1), report(2)]) == to_page([report(2), report(1)])
