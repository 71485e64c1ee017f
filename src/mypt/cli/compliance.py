"""`mypt dataset compliance`: the papers that law and licences ask for."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mypt.cli.console import note
from mypt.compliance.ai_act import OPEN
from mypt.compliance.answers import Answers
from mypt.compliance.pack import write_pack
from mypt.config import load


def compliance(
    dataset: Annotated[Path, Parameter(help="Folder of a dataset.")],
    *,
    out: Annotated[Path, Parameter(help="Folder to write.")],
    answers: Annotated[
        Path | None, Parameter(help="JSON or TOML file with what only you can say: provider, dates, …")
    ] = None,
) -> None:
    """Write attribution, licences by token, Croissant, SPDX and the EU summary of training content."""
    paths = write_pack(dataset, out, load(answers, Answers) if answers else None)
    print("\n".join(path.as_posix() for path in paths))
    n_open = (out / "training-content.md").read_text(encoding="utf-8").count(OPEN) - 1
    if n_open:
        note(f"{n_open} places in training-content.md are still {OPEN}; give --answers FILE")
