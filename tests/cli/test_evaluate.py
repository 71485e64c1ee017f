"""`mypt eval`: what is printed, what is written, and when the gate stays shut."""

from pathlib import Path

import pytest

from mypt.cli.evaluate import compare, gate, report, run
from mypt.errors import ConfigError, GateFailed, InputError
from mypt.evaluation import suite
from mypt.files import write_json, write_jsonl
from tests.evaluation.cases import exact
from tests.evaluation.outcomes import sealed_model
from tests.evaluation.test_gate import FIRST


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a model that learned nothing, with short suites and a short gate."""
    cases = [exact("a", "b", id=f"{name}-{n}", bucket=name) for name in FIRST for n in range(50)]
    write_jsonl(tmp_path / "one.jsonl", [one.model_dump(mode="json") for one in cases])
    monkeypatch.setattr(suite, "SUITES", tmp_path)
    monkeypatch.chdir(tmp_path)
    write_json(
        tmp_path / "configs/gates/phase1.json",
        {"phase": 1, "buckets": FIRST, "evaluation": {"max_tokens": 2}},
    )
    sealed_model(tmp_path / "model", phase=1)
    return tmp_path / "model"


def test_run_prints_how_many_of_each_bucket_pass(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(model, out=Path("out"), bucket=("echo",))

    assert capsys.readouterr().out == "echo\t0/50\nout\n"
    with pytest.raises(InputError, match="did you mean `echo`"):
        run(model, out=Path("other"), bucket=("ecco",))
    with pytest.raises(ConfigError, match="device"):
        run(model, out=Path("other"), device="abacus")


def test_a_gate_that_stays_shut_says_why_and_leaves_its_report(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(GateFailed, match="echo: 0/50") as caught:
        gate(model, out=Path("gate"), phase=1)

    assert caught.value.exit_code == 5
    assert "# Gate of phase 1: not passed" in capsys.readouterr().out
    report(Path("gate"), out=Path("page.html"))
    assert "the gate stays shut" in Path("page.html").read_text()
    compare(Path("gate"), Path("gate/results"))
    assert "| echo | 0/50 | 0/50 | 0 | 0 | 1 | no difference shown |" in capsys.readouterr().out


def test_a_gate_wants_either_a_phase_or_a_recipe(model: Path) -> None:
    with pytest.raises(InputError, match="either a phase or a recipe"):
        gate(model, out=Path("gate"))
    with pytest.raises(InputError, match="either a phase or a recipe"):
        gate(model, out=Path("gate"), phase=1, recipe=Path("x.json"))


def test_a_report_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no gate is named"):
        report(out=tmp_path / "page.html")
