"""The gate: what it judges, what opens it, and what it says when it stays shut."""

from pathlib import Path
from typing import Any

import pytest

from mypt.config import load, validate
from mypt.errors import ConfigError, GateFailed, InputError, ManifestMismatch
from mypt.evaluation.gate import BUCKETS, GateRecipe, judge_gate, recorded_phase, require_phase
from mypt.evaluation.statistics import wilson_interval
from mypt.evaluation.suite import cases_of, load_suites
from mypt.provenance.artifact import open_artifact, staged
from tests.evaluation.outcomes import Trained, outcome, results, sealed_model

FIRST = {"format": 0.7, "echo": 0.7, "anti_echo": 0.7, "facts": 0.7, "arithmetic": 0.7}
ALL_PASS = dict.fromkeys(FIRST, 60)


def recipe(**fields: Any) -> GateRecipe:
    return validate({"phase": 1, "buckets": FIRST, **fields}, GateRecipe, "test")


def shipped(phase: int) -> GateRecipe:
    return load(Path(f"configs/gates/phase{phase}.json"), GateRecipe)


def test_a_gate_opens_when_every_bucket_is_surely_above_its_threshold() -> None:
    report = judge_gate(results(ALL_PASS), recipe())

    assert report.passed
    assert [one.bucket for one in report.buckets] == list(FIRST)
    assert report.buckets[0].by_language == {"de": (30, 30), "en": (30, 30)}
    report.raise_if_failed()


def test_the_lower_end_decides_and_not_the_rate() -> None:
    enough = next(k for k in range(61) if wilson_interval(k, 60).lower > 0.7)
    assert enough > 0.7 * 60 + 5

    opened = judge_gate(results({**ALL_PASS, "echo": enough}), recipe())
    shut = judge_gate(results({**ALL_PASS, "echo": enough - 1}), recipe())

    assert (opened.passed, shut.passed) == (True, False)
    assert [one.bucket for one in shut.buckets if not one.passed] == ["echo"]


def test_what_did_not_pass_is_named_with_its_first_cases() -> None:
    report = judge_gate(results({**ALL_PASS, "facts": 10}), recipe(max_regression=0.05), {"law": GOT_WORSE})

    with pytest.raises(GateFailed) as caught:
        report.raise_if_failed("out")

    assert caught.value.exit_code == 5
    assert "facts: 10/60" in caught.value.message
    assert "facts-010: 'y' instead of 'x'" in caught.value.message
    assert "law: bits per byte against the parent rises by up to +7.00%" in caught.value.message
    assert "echo" not in caught.value.message


def test_a_bucket_that_is_missing_or_too_small_is_an_error() -> None:
    few = results(ALL_PASS).outcomes[:-11]

    with pytest.raises(InputError, match="bucket echo: 0 cases, 50 are needed"):
        judge_gate(results({name: 60 for name in FIRST if name != "echo"}), recipe())
    with pytest.raises(InputError, match="bucket arithmetic: 49 cases"):
        judge_gate(results(ALL_PASS).model_copy(update={"outcomes": few}), recipe())


def test_files_beside_the_buckets_count_too() -> None:
    beside = recipe(beside={"data/skills.jsonl": 0.5})
    skills = tuple(outcome("skills", number, passed=number < 8) for number in range(32))
    ours = results(ALL_PASS)

    report = judge_gate(ours.model_copy(update={"outcomes": ours.outcomes + skills}), beside)

    assert not report.passed
    assert report.buckets[-1].bucket == "skills"
    with pytest.raises(InputError, match="skills: was not evaluated"):
        judge_gate(ours, beside)


def interval(upper: float) -> dict[str, Any]:
    return {"interval": {"lower": -0.01, "change": 0.0, "upper": upper}}


GOT_WORSE = interval(0.07)


@pytest.mark.parametrize(
    ("forgetting", "passed"),
    [
        ({"law": interval(0.04), "code": interval(-0.1)}, True),
        ({"law": interval(0.04), "code": GOT_WORSE}, False),
        ({"law": {"interval": None}}, False),
        ({}, False),
        (None, False),
    ],
)
def test_hold_outs_may_get_a_little_worse_and_must_have_been_measured(
    forgetting: dict[str, Any] | None, *, passed: bool
) -> None:
    report = judge_gate(results(ALL_PASS), recipe(max_regression=0.05), forgetting)

    assert report.passed == passed
    assert judge_gate(results(ALL_PASS), recipe(), forgetting).passed


@pytest.mark.parametrize(
    ("buckets", "message"),
    [
        ({"format": 0.7}, "anti_echo is judged from phase 1 on"),
        ({**FIRST, "chat": 0.7}, "chat is not judged after phase 1"),
        ({**FIRST, "echo": 1.0}, "less than 1"),
    ],
)
def test_a_recipe_judges_all_that_was_met_and_no_more(buckets: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        recipe(buckets=buckets)


@pytest.mark.parametrize("phase", range(2, 7))
def test_shipped_thresholds_do_not_fall_with_the_phase(phase: int) -> None:
    before, after = shipped(phase - 1), shipped(phase)

    assert after.phase == phase
    assert all(after.buckets[name] >= rate for name, rate in before.buckets.items())
    assert all(after.beside[name] >= rate for name, rate in before.beside.items())
    assert (after.max_regression or 1) <= (before.max_regression or 1)


def test_buckets_of_the_shipped_suites_begin_where_the_table_says() -> None:
    assert {(one.bucket, one.phase) for one in cases_of(load_suites())} <= set(BUCKETS.items())


def test_a_gate_out_of_order_is_refused(tmp_path: Path) -> None:
    first = sealed_model(tmp_path / "1", phase=1)
    sealed_model(tmp_path / "2", phase=2, parent=first)

    require_phase(tmp_path / "2", 1, recorded_phase)
    require_phase(tmp_path / "2", 2, recorded_phase)
    with pytest.raises(InputError, match=r"gate of phase 3 .* its lineage has 1, 2"):
        require_phase(tmp_path / "2", 3, recorded_phase)
    with pytest.raises(InputError, match="its lineage has none"):
        require_phase(tmp_path / "2", 2, lambda _: None)
    with pytest.raises(ManifestMismatch):
        require_phase(tmp_path / "none", 1, recorded_phase)


def test_the_episodes_that_a_model_read_say_its_phase(tmp_path: Path) -> None:
    with staged(tmp_path / "episodes", "episode_dataset", Trained(phase=4)):
        pass
    sealed_model(
        tmp_path / "model", phase=None, parent=open_artifact(tmp_path / "episodes", "episode_dataset")
    )

    require_phase(tmp_path / "model", 4, recorded_phase)
