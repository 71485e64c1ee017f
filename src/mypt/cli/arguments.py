"""Arguments that several commands share."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mypt.execution.runner import Execution

RecipePath = Annotated[Path, Parameter(help="The recipe, a JSON file.")]
Out = Annotated[Path | None, Parameter(help="Folder to write; by default artifacts/NAME/KIND.")]
Replace = Annotated[bool, Parameter(negative="", help="Replace what another recipe made there.")]
Overrides = Annotated[
    tuple[str, ...],
    Parameter(
        name="--set", negative="", help="Override a setting: --set training.steps=50. May be repeated."
    ),
]
Workers = Annotated[Execution, Parameter(name="*")]
ModelPath = Annotated[Path, Parameter(help="Folder of a model.")]

DEMO_MODEL = Path("artifacts/demo/pretrain/model")
"""The model that `mypt demo` makes: where `generate` and `chat` look when none is named."""


def default_out(recipe: Path, kind: str) -> Path:
    """Return where an artifact goes when nobody says: artifacts/NAME/KIND."""
    return Path("artifacts") / recipe.stem / kind
