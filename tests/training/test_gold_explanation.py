"""The explanation names the guard and the number of every checkpoint that is not GOLD."""

from dataclasses import asdict, replace
from pathlib import Path

from mypt.training.gold import GoldConfig, decide
from mypt.training.gold_explanation import conclusion, disagreements, explain, reasons
from mypt.training.run_record import RunLog, read_run
from tests.training.runs import HISTORY, NAN, make_run, make_validation

CONFIG = GoldConfig()


def log_of(folder: Path) -> RunLog:
    return read_run(make_run(folder / "run").path).log


def test_the_table_names_guard_and_number_of_each_checkpoint(tmp_path: Path) -> None:
    text = explain(log_of(tmp_path), CONFIG)

    assert text.splitlines() == [
        "     step  bits/byte  decision",
        "        0     8.0000  rejected by before_training: nothing was learned yet",
        "      100     3.0000  was GOLD until step 300 reached 2.4000 bits/byte",
        "      200     2.5000  rejected by eval_regression: the loss on domain is 30.0% above its lowest, "
        "allowed 20.0%",
        "      300     2.4000  GOLD: the lowest accepted so far",
        "      400     2.4500  not the lowest: 2.4500 bits/byte, the lowest before is 2.4000",
        "      500     2.4600  rejected by consecutive_rises: held-out loss rose 2 times in a row, limit 2",
        "      600     2.3000  rejected by overfit_ratio: held-out loss is 2.0909 times that of the training "
        "text, above 2",
        "",
        "GOLD is the checkpoint after step 300.",
    ]


def test_other_thresholds_lead_to_another_choice(tmp_path: Path) -> None:
    text = explain(log_of(tmp_path), GoldConfig(overfit_ratio=3.0))

    assert "GOLD is the checkpoint after step 600." in text


def test_a_run_without_gold_says_so() -> None:
    decisions = decide([make_validation(n, held_out=3.0, train=1.0) for n in (0, 1)], CONFIG)

    assert conclusion(decisions) == "There is no GOLD checkpoint: none of 2 validations was accepted."


def test_numbers_that_are_not_finite_are_said_in_words() -> None:
    history = [
        make_validation(1, held_out=NAN, train=1.0, domain=1.0),
        make_validation(2, held_out=1.0, train=0.0, domain=0.0),
        make_validation(3, held_out=1.0, train=1.0, domain=0.5),
    ]

    assert reasons(decide(history, CONFIG)) == [
        "rejected by not_finite: the loss on held_out is no number",
        "rejected by overfit_ratio: held-out loss is infinitely many times that of the "
        "training text, above 2",
        "rejected by eval_regression: the loss on domain is infinitely far above its lowest, allowed 20.0%",
    ]


def test_a_log_that_decided_by_its_validations_agrees(tmp_path: Path) -> None:
    assert disagreements(log_of(tmp_path), CONFIG) == []


def test_a_log_that_decided_otherwise_is_named_with_both_verdicts(tmp_path: Path) -> None:
    log = log_of(tmp_path)
    forged = replace(log.gold[6], is_gold=True, accepted=True, guard=None, value=2.3)

    assert disagreements(replace(log, gold=(*log.gold[:6], forged)), CONFIG) == [
        "The log differs at step 600: it says GOLD (2.3000), its validations say "
        "rejected by overfit_ratio (2.0909)."
    ]


def test_a_decision_about_what_was_never_measured_is_named(tmp_path: Path) -> None:
    log = log_of(tmp_path)

    found = disagreements(replace(log, validations=HISTORY[:6]), CONFIG)

    assert found == [
        "The log differs at step 600: it says rejected by overfit_ratio (2.0909), "
        "its validations say nothing."
    ]
    assert set(asdict(log.gold[6])) >= {"step", "guard", "value"}
