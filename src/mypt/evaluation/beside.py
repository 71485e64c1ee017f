"""The files that gates judge beside the buckets: pretraining skills, and what is out of distribution."""

from pathlib import Path

FOLDER = Path("data")
"""As the recipes of the gates name it: below the folder that a command is run in."""


def files_beside() -> list[Path]:
    """Return these files; they lie in folders that are called `eval_*`."""
    return sorted(FOLDER.glob("eval_*/*.jsonl"))
