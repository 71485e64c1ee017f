"""`mypt report`: one page of a run, after its log was verified."""

import subprocess
import sys
from pathlib import Path

from mypt.training.run_record import read_run
from tests.cli.line import PRETRAIN, RUN, refused, run
from tests.training.runs import make_recipe, make_run, seal_checkpoint


def test_the_page_is_written_into_the_run_and_its_path_printed(tmp_path: Path) -> None:
    make_run(tmp_path / "run")

    outcome = run(tmp_path, "report", "run")

    assert (outcome.code, outcome.out, outcome.err) == (0, "run/report.html\n", "")
    assert (tmp_path / "run" / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_the_page_can_be_written_elsewhere(tmp_path: Path) -> None:
    make_run(tmp_path / "run")

    outcome = run(tmp_path, "report", "run", "--out", "pages/mine.html")

    assert (outcome.code, outcome.out) == (0, "pages/mine.html\n")
    assert (tmp_path / "pages" / "mine.html").is_file()
    assert not (tmp_path / "run" / "report.html").exists()


def test_a_changed_log_ends_with_3_and_its_line_and_without_a_page(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    folder.metrics.write_bytes(folder.metrics.read_bytes().replace(b'"tokens":5120,', b'"tokens":9,', 1))

    message = refused(run(tmp_path, "report", "run"), 3)

    assert message.startswith("run/metrics.jsonl:4: the chain is broken")
    assert not (tmp_path / "run" / "report.html").exists()


def test_a_log_that_decided_otherwise_is_noted(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    seal_checkpoint(folder, make_recipe(overfit_ratio=3.0), 601, {})

    outcome = run(tmp_path, "report", "run")

    assert outcome.code == 0
    assert "The log differs at step 600" in outcome.err


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    assert "metrics.jsonl: cannot be read" in refused(run(tmp_path, "report", "nothing"), 2)


def test_a_real_run_has_a_page_and_the_same_recipe_the_same_chain(own_line: Path) -> None:
    again = run(own_line, *PRETRAIN, "--out", "again")
    pages = [run(own_line, "report", folder) for folder in (RUN, "again")]
    first, second = (read_run(own_line / folder).log for folder in (RUN, "again"))

    assert (again.code, [page.code for page in pages]) == (0, [0, 0])
    assert first.head == second.head
    assert [report.step for report in first.validations] == [0, 6, 12]
    assert first.is_finished
    assert first.head in (own_line / RUN / "report.html").read_text(encoding="utf-8")


def test_the_command_line_alone_loads_no_plots() -> None:
    code = (
        "import sys, mypt.cli.app; mypt.cli.app.build_app(); "
        "print('matplotlib' in sys.modules, 'jinja2' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "False False\n"
