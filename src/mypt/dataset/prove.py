"""Build a dataset once more from its corpus and compare: the same root, or the first difference."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from mypt.dataset.build import build
from mypt.dataset.recipe import DatasetRecipe
from mypt.dataset.root import shard_leaves
from mypt.execution.runner import EVERY_CORE, Execution
from mypt.provenance.artifact import Artifact


@dataclass(frozen=True)
class Proof:
    """What a second build gave."""

    root: str
    """What the manifest says."""
    rebuilt: str
    differing: tuple[str, ...]
    """Shards that came out otherwise, or in one of the two only."""

    @property
    def holds(self) -> bool:
        """Return whether the dataset is what its recipe makes of its corpus."""
        return self.root == self.rebuilt


def prove(dataset: Artifact, folder: Path, execution: Execution = EVERY_CORE) -> Proof:
    """Return the outcome of building a dataset anew, without anything kept from before.

    Needs room for a second copy in `folder`, and leaves nothing there. Raises
    ManifestMismatch when the corpus is not the one it was built from.
    """
    recipe = DatasetRecipe.model_validate(dataset.manifest.recipe)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".prove-") as name:
        own = execution.model_copy(update={"work": None})
        again = build(recipe, Path(name) / "dataset", execution=own)
        differing = {*shard_leaves(dataset.path)} ^ {*shard_leaves(again.path)}
        names = sorted({leaf.decode().partition(" ")[0] for leaf in differing})
        return Proof(dataset.manifest.counts["root"], again.manifest.counts["root"], tuple(names))
