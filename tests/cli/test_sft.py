"""`mypt sft`: phases of a base model too small to learn them, through real steps and real gates."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from mypt.provenance.artifact import open_artifact
from mypt.provenance.manifest import read_manifest
from mypt.sft.phases import PHASES
from tests.cli.line import (
    BUILD_CORPUS,
    BUILD_DATASET,
    DATASET,
    MODEL,
    PRETRAIN,
    Outcome,
    refused,
    run,
    write_line,
)

CONFIGS = Path(__file__).parents[2] / "configs"
BASE = ("--set", "model.block_size=128", "--set", "training.steps=2", "--set", "training.warmup_steps=1")
TRAINING: dict[str, Any] = {
    "epochs": 0.5, "batch_size": 4, "learning_rate": 1e-3, "precision": "fp32", "validate_every": 100,
    "validation_windows": 32, "copy_sequences": 0,
}  # fmt: skip
GENERATORS = {1: "format_lock", 2: "operators"}


def phase_recipe(number: int) -> dict[str, Any]:
    return {
        "kind": "sft_phase",
        "phase": number,
        "generate": [{"generator": GENERATORS[number], "count": 120, "val_count": 40, "max_tokens": 100}],
        "tokenise": {"row_tokens": 128},
        "training": TRAINING,
        "gate": f"configs/gates/short{number}.json",
    }


def short_gate(number: int) -> dict[str, Any]:
    path = str(CONFIGS / "gates" / f"phase{number}.json")
    return {"extends": path, "kind": "gate", "phase": number, "evaluation": {"max_tokens": 2}}


@pytest.fixture(scope="module")
def sft_line(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a base model and recipes of the first two phases."""
    folder = write_line(tmp_path_factory.mktemp("sft"))
    files = {f"configs/sft/{PHASES[number - 1].slug}.json": phase_recipe(number) for number in GENERATORS}
    files |= {f"configs/gates/short{number}.json": short_gate(number) for number in GENERATORS}
    for name, values in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(values), encoding="utf-8")
    for command in (BUILD_CORPUS, (*BUILD_DATASET, "--set", "tokenizer=gpt2_bpe"), (*PRETRAIN, *BASE)):
        outcome = run(folder, *command)
        assert outcome.code == 0, outcome.err
    return folder


@pytest.fixture(scope="module")
def both(sft_line: Path) -> Outcome:
    """Return how two phases in a row ended."""
    return run(sft_line, "sft", "run", "1", "2", "--base", MODEL, "--keep-going")


def test_the_phases_are_listed(sft_line: Path) -> None:
    outcome = run(sft_line, "sft", "phases")

    assert outcome.code == 0
    assert [line for line in outcome.out.splitlines() if line[0] != " "][3].startswith(
        "4  phase4_multi_turn: "
    )


def test_a_gate_that_stays_shut_ends_with_5_after_the_model_is_printed(sft_line: Path, both: Outcome) -> None:
    assert both.code == 5, both.err
    assert both.out.startswith("artifacts/sft/phase2_operators/train/")
    assert "the gate of phase 1 stays shut" in both.err
    assert "echo: 0/" in both.err
    assert (sft_line / both.out.strip() / "manifest.json").is_file()


def test_the_model_of_a_phase_leads_back_to_its_parent_and_its_episodes(
    sft_line: Path, both: Outcome
) -> None:
    manifest = read_manifest(sft_line / both.out.strip())

    inputs = {
        entry.kind: entry.path for entry in manifest.inputs if "phase1" in entry.path or entry.kind != "model"
    }
    assert inputs["model"].startswith("artifacts/sft/phase1_format_lock/train/")
    assert "artifacts/sft/phase2_operators/dataset" in [entry.path for entry in manifest.inputs]


def test_replay_and_pretraining_text_are_mixed_in(sft_line: Path, both: Outcome) -> None:
    assert both.code == 5
    mixed = open_artifact(sft_line / "artifacts/sft/phase2_operators/mixed", "episodes").manifest

    assert {entry.path for entry in mixed.inputs} == {
        "artifacts/sft/phase2_operators/generated/operators",
        "artifacts/sft/phase1_format_lock/mixed",
        DATASET,
    }


def test_finished_steps_are_found_and_not_repeated(sft_line: Path, both: Outcome) -> None:
    models = sorted((sft_line / "artifacts/sft").rglob("model.safetensors"))
    before = [path.stat().st_mtime_ns for path in models]

    again = run(sft_line, "sft", "run", "1", "2", "--base", MODEL, "--keep-going")

    assert (again.code, again.out) == (both.code, both.out)
    assert [path.stat().st_mtime_ns for path in models] == before


def test_a_shut_gate_ends_the_run_unless_told_to_keep_going(sft_line: Path, both: Outcome) -> None:
    assert both.code == 5

    outcome = run(sft_line, "sft", "run", "1", "2", "--base", MODEL)

    assert outcome.code == 5
    assert outcome.out.startswith("artifacts/sft/phase1_format_lock/train/")
    assert "phase 2:" not in outcome.err


def test_a_phase_without_the_one_before_is_refused(sft_line: Path) -> None:
    message = refused(run(sft_line, "sft", "run", "2", "--base", MODEL, "--out", "elsewhere"), 2)

    assert "starts from the model of phase 1" in message
    assert "mypt sft run 1" in message
    assert not (sft_line / "elsewhere").exists()


def test_a_gate_of_a_phase_that_the_model_has_not_been_through_is_refused(
    sft_line: Path, both: Outcome
) -> None:
    assert both.code == 5
    model = next((sft_line / "artifacts/sft/phase1_format_lock/train").glob("*/model.safetensors")).parent

    message = refused(
        run(sft_line, "eval", "gate", str(model), "--recipe", "configs/gates/short2.json", "--out", "g"), 2
    )

    assert "was not trained for it" in message


def test_changed_settings_are_refused_without_replace(sft_line: Path, both: Outcome, tmp_path: Path) -> None:
    assert both.code == 5
    line = shutil.copytree(sft_line, tmp_path / "line")

    message = refused(run(line, "sft", "run", "1", "--base", MODEL, "--set", "seed=7"), 2)

    assert "--replace" in message


def test_rows_that_break_the_protocol_are_never_trained_on(
    sft_line: Path, both: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert both.code == 5
    line = shutil.copytree(sft_line, tmp_path / "line")
    shutil.rmtree(line / "artifacts/sft/phase2_operators/train")
    monkeypatch.setattr("mypt.sft.check.known_tags", lambda _phase: frozenset())

    message = refused(run(line, "sft", "run", "2", "--base", MODEL), 3)

    assert "tag that the phase does not know" in message
    assert not (line / "artifacts/sft/phase2_operators/train").exists()


@pytest.mark.slow
def test_several_processes_train_a_phase_as_one(sft_line: Path, both: Outcome, tmp_path: Path) -> None:
    assert both.code == 5
    line = shutil.copytree(sft_line, tmp_path / "line")
    shutil.rmtree(line / "artifacts/sft/phase1_format_lock/train")
    shutil.rmtree(line / "artifacts/sft/phase1_format_lock/gate")
    more = ("--set", "training.grad_accum_steps=2", "--processes", "2")

    outcome = run(line, "sft", "run", "1", "--base", MODEL, *more)

    assert outcome.code == 5, outcome.err
    manifest = read_manifest(line / outcome.out.strip())
    assert manifest.recipe["training"]["grad_accum_steps"] == 2


@pytest.mark.parametrize("asked", [(), ("--all", "1")])
def test_phases_are_named_or_all_of_them(sft_line: Path, asked: tuple[str, ...]) -> None:
    assert "say which phases" in refused(run(sft_line, "sft", "run", *asked), 2)
