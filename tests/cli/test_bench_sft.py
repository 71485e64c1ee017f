"""`mypt bench sft` prints figures for people and ends with JSON."""

import json
from pathlib import Path

import pytest

from mypt.cli import bench_sft
from tests.cli.line import run


def test_a_part_is_measured_and_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_sft, "measure_gate", lambda _preset: {"ratio": 11.5, "same_answers": True})

    outcome = run(tmp_path, "bench", "sft", "--only", "gate")

    assert outcome.code == 0, outcome.err
    lines = outcome.out.splitlines()
    assert lines[0] == "gate      ratio: 11.5"
    assert json.loads(lines[-1]) == {"gate": {"ratio": 11.5, "same_answers": True}}


def test_mixing_is_measured_on_real_rows(tmp_path: Path) -> None:
    outcome = run(tmp_path, "bench", "sft", "--only", "mixing", "--rows", "60", "--json")

    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["mixing"]["generators"].keys() >= {"operators", "format_lock"}
