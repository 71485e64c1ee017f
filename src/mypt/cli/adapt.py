"""`mypt adapt`: a model goes on learning, from the text of a domain, and must not forget."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mypt.cli.arguments import Out, Overrides, RecipePath, default_out
from mypt.cli.console import note
from mypt.cli.training import DEFAULT, Options, run_training
from mypt.config import load
from mypt.errors import GateFailed
from mypt.provenance.artifact import Artifact, open_artifact
from mypt.training.adapt_recipe import AdaptRecipe
from mypt.training.run_folder import RunFolder

InitFrom = Annotated[
    Path | None,
    Parameter(name=["--init-from-model", "--init_from_model"], help="The parent, instead of the recipe's."),
]
Force = Annotated[
    bool, Parameter(negative="", help="Train at a learning rate that is refused as not safe for the parent.")
]


def adapt(
    recipe: RecipePath,
    *,
    init_from_model: InitFrom = None,
    out: Out = None,
    overrides: Overrides = (),
    force: Force = False,
    options: Options = DEFAULT,
) -> None:
    """Adapt a model to a domain and print the folder of the GOLD model, or of the last one without a GOLD.

    Ends with exit code 5 when general text is predicted worse than the recipe allows.
    """
    said = [f"init_from={init_from_model.as_posix()}"] if init_from_model else []
    said += ["force_learning_rate=true"] if force else []
    loaded = load(recipe, AdaptRecipe, [*overrides, *said])
    folder = out or default_out(recipe, "adapt")
    last = run_training(loaded, folder, options)
    gold = RunFolder(folder).gold
    judged = open_artifact(gold, "model") if gold.is_dir() else last
    print(judged.path)
    _refuse_forgetful(judged)


def _refuse_forgetful(model: Artifact) -> None:
    """Say how each gated category fared, and raise GateFailed when one did not pass."""
    results = model.manifest.counts["forgetting"]
    lines = [f"{category} {result['outcome']}: {result['reason']}" for category, result in results.items()]
    if any(result["outcome"] != "passed" for result in results.values()):
        raise GateFailed(
            "\n".join([f"{model.path}: forgot too much of what its parent knew", *lines]),
            hint="raise replay.share, lower training.learning_rate or training.steps, or freeze blocks",
        )
    for line in lines:
        note(line)
