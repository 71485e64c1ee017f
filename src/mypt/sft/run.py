"""A phase from its parent to its gate: generate → mix → tokenise → train → gate, each step made once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from mypt.config import load
from mypt.errors import InputError
from mypt.evaluation.gate import GateRecipe, GateReport, recorded_phase
from mypt.evaluation.gate_run import run_gate
from mypt.evaluation.leaks import LeakIndex
from mypt.execution.runner import Progress
from mypt.provenance.artifact import Artifact, open_artifact
from mypt.provenance.manifest import MANIFEST_NAME, Manifest, read_manifest
from mypt.sft.check import require_sound
from mypt.sft.generate import Generation, generate
from mypt.sft.generators.registry import find_generator
from mypt.sft.mix import mix
from mypt.sft.phases import Phase
from mypt.sft.recipe import PhaseRecipe
from mypt.sft.tokenise import tokenise
from mypt.tokenizer.registry import load_tokenizer
from mypt.tokenizer.tokenizer import Tokenizer
from mypt.training.run_folder import RunFolder
from mypt.training.sft_recipe import SftRecipe

StepBar = Callable[[str], AbstractContextManager[Progress]]
"""Shows how far a step is, by its name."""
Train = Callable[[SftRecipe, Path], Artifact | None]
"""Trains into a folder; None when it was stopped."""


@dataclass(frozen=True)
class PhaseFolder:
    """Where the steps of a phase leave what they make."""

    path: Path

    def generated(self, generator: str) -> Path:
        """Return the folder of the episodes of a generator."""
        return self.path / "generated" / generator

    @property
    def mixed(self) -> Path:
        """Return the folder of the mixed episodes."""
        return self.path / "mixed"

    @property
    def dataset(self) -> Path:
        """Return the folder of the packed rows."""
        return self.path / "dataset"

    @property
    def run(self) -> RunFolder:
        """Return the folder of the training run."""
        return RunFolder(self.path / "train")

    @property
    def gate(self) -> Path:
        """Return the folder of results and verdict."""
        return self.path / "gate"

    @property
    def model(self) -> Path:
        """Return the model that the phase gives: the GOLD one, or the last one without a GOLD."""
        return self.run.gold if (self.run.gold / MANIFEST_NAME).is_file() else self.run.model


@dataclass(frozen=True)
class PhaseResult:
    """What a phase came to."""

    phase: Phase
    folder: PhaseFolder
    model: Artifact
    gate: GateReport


@dataclass(frozen=True)
class Curriculum:
    """The phases of one base model, in one folder."""

    base: Path
    """The base model."""
    out: Path
    """The folder that gets one folder for each phase."""
    step: StepBar
    train: Train
    replace: bool = False
    """Whether what an earlier recipe made is made anew."""

    def folder(self, phase: Phase) -> PhaseFolder:
        """Return the folder of a phase."""
        return PhaseFolder(self.out / phase.slug)

    def run(self, recipe: PhaseRecipe) -> PhaseResult | None:
        """Return what a phase came to, its finished steps found as they are; None when it was stopped.

        The parent is the model of the phase before, or the base model. Raises InputError when that
        phase has not been run, and whatever the steps raise; a gate that stays shut is a result.
        """
        parent = self._parent(recipe)
        tokenizer = load_tokenizer(parent)
        folder = self.folder(recipe.definition)
        mixed = self._mix(recipe, tokenizer, folder)
        with self.step("tokenise") as progress:
            dataset = tokenise(
                mixed, recipe.tokenise, tokenizer, folder.dataset, replace=self.replace, progress=progress
            )
        require_sound(dataset.path, recipe.phase)
        training = self._training_recipe(recipe, parent, dataset)
        if self.train(training, folder.run.path) is None:
            return None
        gate = load(Path(recipe.gate), GateRecipe)
        with self.step("gate"):
            report = run_gate(folder.model, gate, folder.gate, phase_of=phase_of, replace=self.replace)
        return PhaseResult(recipe.definition, folder, open_artifact(folder.model, "model"), report)

    def _parent(self, recipe: PhaseRecipe) -> Path:
        """Return the model that a phase starts from."""
        if recipe.phase == 1:
            return self.base
        before = self.folder(recipe.earlier[-1])
        if not (before.model / MANIFEST_NAME).is_file():
            raise InputError(
                f"phase {recipe.phase} starts from the model of phase {recipe.phase - 1}, and there is none "
                f"in {before.path}",
                hint=f"run phase {recipe.phase - 1} first: mypt sft run {recipe.phase - 1}",
            )
        return before.model

    def _mix(self, recipe: PhaseRecipe, tokenizer: Tokenizer, folder: PhaseFolder) -> Artifact:
        """Return the episodes that a phase learns from; none of them holds an item of any suite."""
        leaks = LeakIndex.of_suites()
        generated: dict[str, Path] = {}
        for settings in recipe.generate:
            work = Generation(settings, find_generator(settings.generator), tokenizer)
            generated[settings.generator] = folder.generated(settings.generator)
            with self.step(f"generate {settings.generator}") as progress:
                generate(
                    work, generated[settings.generator], leaks=leaks, replace=self.replace, progress=progress
                )
        earlier = {phase.number: self.folder(phase).mixed for phase in recipe.earlier}
        with self.step("mix") as progress:
            return mix(
                recipe.mix_recipe(generated, earlier, self._pretraining(recipe)), tokenizer, folder.mixed,
                leaks=leaks, replace=self.replace, progress=progress,
            )  # fmt: skip

    def _pretraining(self, recipe: PhaseRecipe) -> str | None:
        """Return the dataset of the base model, as the recipe names it or as its manifest does."""
        return recipe.mix.pretraining_dataset or pretraining_dataset(self.base)

    def _training_recipe(self, recipe: PhaseRecipe, parent: Path, dataset: Artifact) -> SftRecipe:
        """Return what is trained: what earlier phases held out is measured with it."""
        counts = dataset.manifest.counts["train"]
        held_out = {phase.slug: self.folder(phase).dataset.as_posix() for phase in recipe.earlier}
        general = self._pretraining(recipe)
        return SftRecipe(
            init_from=parent.as_posix(),
            dataset=dataset.path.as_posix(),
            eval_sets={**({"pretraining": general} if general else {}), **held_out, **recipe.eval_sets},
            regularization=recipe.regularization,
            special_rows=recipe.phase == 1,
            training=recipe.training.resolve(counts["rows"], counts["supervised_tokens"]),
        )


def pretraining_dataset(model: Path) -> str | None:
    """Return the first dataset that a model or its parents were trained on, where it still lies there."""
    # The parent first: its dataset is what the line began with.
    for entry in sorted(read_manifest(model).inputs, key=lambda entry: entry.kind != "model"):
        if entry.kind == "dataset" and (Path(entry.path) / MANIFEST_NAME).is_file():
            return entry.path
        if entry.kind == "model" and (Path(entry.path) / MANIFEST_NAME).is_file():
            return pretraining_dataset(Path(entry.path))
    return None


def phase_of(manifest: Manifest) -> int | None:
    """Return the phase that an artifact names, or whose mix its tokenised episodes were made from."""
    if manifest.kind != "episode_dataset":
        return recorded_phase(manifest)
    mixes = [read_manifest(Path(entry.path)) for entry in manifest.inputs if entry.kind == "episodes"]
    return next((one.recipe["phase"] for one in mixes if "phase" in one.recipe), None)
