"""One run before it runs: its recipe, what it reads, and where it leaves what it makes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mypt.provenance.artifact import Artifact
from mypt.provenance.manifest import work_fingerprint
from mypt.tokenizer.registry import load_tokenizer
from mypt.tokenizer.tokenizer import Tokenizer
from mypt.training.datasets import open_datasets, require_one_tokenizer
from mypt.training.initial_model import Parent, open_parent
from mypt.training.run_folder import RunFolder
from mypt.training.sft_data import open_sft_datasets, refuse_unfit
from mypt.training.sft_recipe import SftRecipe, TrainingRecipe


@dataclass(frozen=True)
class Job:
    """A run whose inputs were opened and checked."""

    recipe: TrainingRecipe
    folder: RunFolder
    datasets: Mapping[str, Artifact]
    """Path in the recipe → dataset, in the order of the recipe."""
    parent: Parent | None

    @property
    def inputs(self) -> list[Artifact]:
        """Return everything that the model will be made from."""
        return [*self.datasets.values(), *([self.parent.artifact] if self.parent else [])]

    @property
    def tokenizer(self) -> Tokenizer:
        """Return the tokenizer of everything that is read."""
        return load_tokenizer(self.inputs[0].path)

    @property
    def fingerprint(self) -> str:
        """Return the digest of the work, before it is done."""
        entries = [artifact.as_input() for artifact in self.inputs]
        return work_fingerprint("model", self.recipe.model_dump(mode="json"), entries, {})

    @property
    def licences(self) -> dict[str, int]:
        """Return licence → number of documents that were trained on, those of the parent included."""
        read = dict.fromkeys(share.dataset for stage in self.recipe.stages for share in stage.shares)
        artifacts = [self.datasets[path] for path in read]
        counts: dict[str, int] = {}
        for artifact in [*artifacts, *([self.parent.artifact] if self.parent else [])]:
            for licence, number in artifact.manifest.licences.items():
                counts[licence] = counts.get(licence, 0) + number
        return counts


def open_job(recipe: TrainingRecipe, out: Path, *, any_rate: bool = False) -> Job:
    """Return a run whose datasets and parent were checked; raises as `train` does."""
    datasets = open_sft_datasets(recipe) if isinstance(recipe, SftRecipe) else open_datasets(recipe)
    parent = open_parent(recipe, any_rate=any_rate)
    if parent is not None:
        require_one_tokenizer({parent.artifact.path.as_posix(): parent.artifact, **datasets})
    if isinstance(recipe, SftRecipe):
        refuse_unfit(recipe, datasets)
    return Job(recipe, RunFolder(out), datasets, parent)
