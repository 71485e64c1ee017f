"""The command names every file that it wrote, and says how much is still open."""

from pathlib import Path

import pytest

from mypt.cli.compliance import compliance
from tests.compliance.samples import sample_dataset


def test_it_prints_the_files_and_says_what_is_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = sample_dataset(tmp_path)
    answers = tmp_path / "answers.toml"
    answers.write_text('organisation = "Example Ltd"\n', encoding="utf-8")

    compliance(dataset.path, out=tmp_path / "pack", answers=answers)

    out, err = capsys.readouterr()
    assert out.splitlines() == [
        path.as_posix()
        for path in sorted((tmp_path / "pack").iterdir(), key=lambda p: (p.name == "SHA256SUMS", p.name))
    ]
    assert "20 places in training-content.md are still to be filled in" in " ".join(err.split())
