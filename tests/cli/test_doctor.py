"""`mypt doctor`: what this machine can do, and an exit code for scripts."""

from pathlib import Path

import pytest
import torch

from mypt.cli import doctor
from tests.cli.line import run

TOPICS = ["mypt", "torch", "processor", "gpu", "memory", "disk", "vocabulary", "training"]


def test_a_machine_that_has_everything_is_told_so(tmp_path: Path) -> None:
    outcome = run(tmp_path, "doctor")

    rows = [line.split() for line in outcome.out.splitlines()]
    assert (outcome.code, outcome.err) == (0, "")
    assert [row[1] for row in rows] == TOPICS
    assert {row[0] for row in rows} == {"ok"}


def test_nothing_is_left_of_the_trial_of_the_disk(tmp_path: Path) -> None:
    run(tmp_path, "doctor")

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_folder_that_cannot_be_written_is_bad_and_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "artifacts").write_text("a file where the folder should be", encoding="utf-8")

    outcome = run(tmp_path, "doctor")

    bad = [line for line in outcome.out.splitlines() if line.startswith("BAD")]
    assert outcome.code == 1
    assert [line.split()[1] for line in bad] == ["disk"]
    assert "cannot be written" in bad[0]


def test_a_torch_that_was_never_tried_is_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "__version__", "2.10.1+cpu")

    outcome = run(tmp_path, "doctor")

    assert outcome.code == 1
    assert "BAD  torch        2.10.1+cpu (supported: 2.11 to 2.14)" in outcome.out.splitlines()


def test_a_damaged_vocabulary_is_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "decode", lambda *_: "other text")

    outcome = run(tmp_path, "doctor")

    assert outcome.code == 1
    assert "BAD  vocabulary   'Grüezi, offline! 🦉' does not survive" in outcome.out
