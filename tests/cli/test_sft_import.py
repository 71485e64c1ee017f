"""`mypt sft import`: the folder on stdout, what was left out on stderr."""

from pathlib import Path

import cyclopts
import pytest

from mypt.cli.sft_import import import_
from mypt.provenance.artifact import open_artifact
from tests.sft.imports.public_rows import ROWS, write_lines


def test_files_become_episodes_and_the_rest_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_lines(tmp_path / "data.jsonl", [*ROWS["alpaca"], {"instruction": "Hello"}])
    app = cyclopts.App(exit_on_error=False, print_error=False, result_action="return_value")
    app.command(import_, name="import")

    app(["import", str(path), "--licence", "CC-BY-4.0", "--source", "alpaca", "--out", str(tmp_path / "out")])

    printed = capsys.readouterr()
    assert printed.out == f"{tmp_path / 'out'}\n"
    assert "2 of 3 rows imported" in printed.err
    assert "missing field (data.jsonl:3 output_de)" in " ".join(printed.err.split())
    assert open_artifact(tmp_path / "out", "episodes").manifest.licences == {"CC-BY-4.0": 2}
