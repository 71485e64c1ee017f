"""`mypt sft tokenize`, `check` and `show`, as functions."""

from pathlib import Path

import numpy as np
import pytest

from mypt.cli.sft_data import check, show, tokenize
from mypt.errors import ArtifactError, ManifestMismatch
from mypt.sft.check import Finding
from tests.sft.episode_sets import ALL, episodes_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tokenize(episodes_of(tmp_path / "mixed", ALL).path)
    return tmp_path / "mixed-tokens"


def test_episodes_become_a_dataset_that_is_in_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "data"

    tokenize(episodes_of(tmp_path / "mixed", ALL).path, out=folder)

    made = capsys.readouterr()
    assert made.out == f"{folder}\n"
    assert "5 episodes in 1 rows" in made.err
    check(folder, phase=6)
    assert capsys.readouterr().out == "ok\n"


def test_findings_end_with_an_error_that_says_where_to_look(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = Finding("val", "unsupervised turn end", 2, ((7, 3),))
    monkeypatch.setattr("mypt.sft.check.check", lambda *_: [finding])

    with pytest.raises(ArtifactError, match="unsupervised turn end: 2 times") as caught:
        check(folder)

    assert caught.value.hint.endswith("--episode 7 --split val")


def test_a_damaged_dataset_is_refused(folder: Path) -> None:
    mask = np.fromfile(folder / "train" / "mask.bin", np.uint8)
    (1 - mask).tofile(folder / "train" / "mask.bin")

    with pytest.raises(ManifestMismatch, match="not what was sealed"):
        check(folder)


def test_a_row_is_drawn_and_written_as_a_page(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()

    show(folder, html=tmp_path / "page.html")

    assert "row 0, segment 0: episode 0" in capsys.readouterr().out
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_tokens_are_listed_one_a_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()

    show(folder, episode=(0,), tokens=True)

    out = capsys.readouterr().out
    assert "50275" in out
    assert "turn_end" in out
    assert "episode 1" not in out
