"""`mypt sft forgetting`: what is printed and written, and gates that judged another model."""

import json
from pathlib import Path

import pytest

from mypt.cli.sft_forgetting import forgetting
from mypt.errors import InputError, ManifestMismatch
from mypt.evaluation import suite
from mypt.evaluation.gate import GateRecipe
from mypt.evaluation.gate_run import run_gate
from mypt.evaluation.run import EvaluationRecipe
from mypt.files import write_jsonl
from mypt.provenance.artifact import Artifact
from mypt.sft.phases import phase
from mypt.sft.run import PhaseFolder
from tests.evaluation.cases import exact
from tests.evaluation.outcomes import sealed_model
from tests.evaluation.test_gate import FIRST
from tests.evaluation.test_report import SECOND

MEASURED = {
    "interval": {"lower": 0.06, "change": 0.08, "upper": 0.1}, "outcome": "failed", "n_windows": 40,
    "max_regression": 0.05,
}  # fmt: skip


@pytest.fixture
def phases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of two phases of a model that learned nothing, each with its gate."""
    cases = [exact("a", "b", id=f"{name}-{n}", bucket=name) for name in [*FIRST, *SECOND] for n in range(50)]
    (tmp_path / "suites").mkdir()
    write_jsonl(tmp_path / "suites/one.jsonl", [one.model_dump(mode="json") for one in cases])
    monkeypatch.setattr(suite, "SUITES", tmp_path / "suites")
    parent = _through_phase(tmp_path, 1, FIRST, None)
    _through_phase(tmp_path, 2, {**FIRST, **SECOND}, parent)
    return tmp_path


def test_every_bucket_and_hold_out_is_printed_over_the_phases(
    phases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    forgetting(phases, page=phases / "page.html", json=phases / "report.json")

    text = capsys.readouterr().out
    assert "| echo | 0/50 | 0/50 |" in text
    assert "| operators.copy |  | 0/50 |" in text
    assert "| pretraining | +8.00% (+6.00% to +10.00%) | +5.00% | forgotten |" in text
    assert "What the phases forgot" in (phases / "page.html").read_text()
    assert [one["phase"] for one in json.loads((phases / "report.json").read_text())["phases"]] == [1, 2]


def test_a_gate_of_another_model_and_a_folder_without_gates_are_refused(phases: Path) -> None:
    folder = PhaseFolder(phases / phase(1).slug)
    sealed_model(folder.run.gold, phase=1, steps=7)

    with pytest.raises(ManifestMismatch, match="judged another model"):
        forgetting(phases)
    with pytest.raises(InputError, match="no phase with a gate"):
        forgetting(phases / "suites")


def _through_phase(out: Path, number: int, buckets: dict[str, float], parent: Artifact | None) -> Artifact:
    folder = PhaseFolder(out / phase(number).slug)
    model = sealed_model(folder.run.model, number, parent, forgetting={"pretraining": MEASURED})
    recipe = GateRecipe(phase=number, buckets=buckets, evaluation=EvaluationRecipe(max_tokens=2))
    run_gate(folder.model, recipe, folder.gate)
    return model
