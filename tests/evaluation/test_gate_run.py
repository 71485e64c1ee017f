"""A model at the gate: what is kept, what is found again, and what is refused first."""

from pathlib import Path

import pytest

from mypt.errors import InputError, ManifestMismatch
from mypt.evaluation import gate_run, suite
from mypt.evaluation.gate import GateRecipe
from mypt.evaluation.gate_run import read_report, run_gate
from mypt.evaluation.run import EvaluationRecipe
from mypt.files import write_jsonl
from mypt.provenance.artifact import open_artifact
from tests.evaluation.cases import exact
from tests.evaluation.outcomes import sealed_model
from tests.evaluation.test_gate import FIRST

RECIPE = GateRecipe(phase=1, buckets=FIRST, evaluation=EvaluationRecipe(max_tokens=2))


@pytest.fixture
def suites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the shipped suites short."""
    cases = [exact("a", "b", id=f"{name}-{n}", bucket=name) for name in FIRST for n in range(50)]
    (tmp_path / "suites").mkdir()
    write_jsonl(tmp_path / "suites" / "one.jsonl", [one.model_dump(mode="json") for one in cases])
    monkeypatch.setattr(suite, "SUITES", tmp_path / "suites")
    return tmp_path / "suites"


@pytest.mark.usefixtures("suites")
def test_results_and_verdict_are_kept_also_of_a_model_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed_model(tmp_path / "model", phase=1)

    report = run_gate(tmp_path / "model", RECIPE, tmp_path / "gate")
    monkeypatch.setattr(gate_run, "judge_gate", None)  # a second time, nothing is judged

    assert run_gate(tmp_path / "model", RECIPE, tmp_path / "gate") == report
    assert read_report(tmp_path / "gate") == read_report(tmp_path / "gate" / "report") == report
    assert not report.passed
    files = open_artifact(tmp_path / "gate" / "report", "evaluation").manifest.files
    assert sorted(files) == ["gate.json", "report.html", "report.md"]


@pytest.mark.usefixtures("suites")
def test_nothing_is_evaluated_for_a_gate_out_of_order(tmp_path: Path) -> None:
    sealed_model(tmp_path / "model", phase=2)

    with pytest.raises(InputError, match="a gate of phase 1"):
        run_gate(tmp_path / "model", RECIPE, tmp_path / "gate")

    assert not (tmp_path / "gate").exists()


def test_a_folder_without_verdict_is_named(tmp_path: Path) -> None:
    with pytest.raises(ManifestMismatch, match="holds no verdict"):
        read_report(tmp_path)
