"""`mypt report`: a run as one page for people."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mypt.cli.console import note
from mypt.files import write_atomic
from mypt.training.report.facts import differences_of
from mypt.training.report.page import render
from mypt.training.run_record import read_run


def report(
    run: Annotated[Path, Parameter(help="Folder of a run, finished or going on.")],
    *,
    out: Annotated[
        Path | None, Parameter(help="File to write; by default report.html in the run's folder.")
    ] = None,
) -> None:
    """Verify a run's log, write the run as one HTML page, and print the page's path.

    The page needs no other file and no network. A log whose chain is broken ends with exit code 3
    and the line.
    """
    record = read_run(run)
    path = out or run / "report.html"
    write_atomic(path, render(record).encode())
    for difference in differences_of(record):
        note(difference)
    print(path)
