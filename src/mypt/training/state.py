"""All that a run needs to go on exactly: a checkpoint is a sealed folder of it."""

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim import AdamW

from mypt.config import Section
from mypt.errors import CheckpointError
from mypt.files import read_json, write_json
from mypt.model.checkpoint import load_model, read_tensors, save_model, write_tensors
from mypt.provenance.artifact import Artifact, find, open_artifact, staged
from mypt.training.step import Stepper
from mypt.training.validation import ValidationReport

_MOMENTS = ("exp_avg", "exp_avg_sq", "step")


@dataclass
class Progress:
    """How far a run is."""

    step: int = 0
    tokens: int = 0
    validations: list[ValidationReport] = field(default_factory=list)


def save_checkpoint(
    folder: Path, stepper: Stepper, progress: Progress, recipe: Section, inputs: Sequence[Artifact]
) -> Artifact:
    """Seal the whole state of a run as `folder`."""
    with staged(folder, "checkpoint", recipe, inputs, replace=True) as draft:
        save_model(draft.path, stepper.model)
        write_tensors(draft.path / "optimizer.safetensors", _moments(stepper))
        state = {
            **asdict(progress),
            "scaler": stepper.scaler.state_dict(),
            "compute_dtype": str(stepper.model.compute_dtype),
        }
        write_json(draft.path / "state.json", state)
        draft.counts |= {"step": progress.step, "tokens": progress.tokens}
        draft.environment["torch"] = str(torch.__version__)
    return open_artifact(folder, "checkpoint")


def restore_checkpoint(folder: Path, stepper: Stepper) -> Progress:
    """Put a checkpoint's state into a fresh stepper and return how far it was."""
    saved = load_model(folder)
    if saved.config != stepper.model.config:
        raise CheckpointError(f"{folder}: its architecture is not the recipe's")
    state: dict[str, Any] = read_json(folder / "state.json")
    _refuse_other_dtype(folder, state["compute_dtype"], str(stepper.model.compute_dtype))
    stepper.model.load_state_dict(saved.state_dict())
    _restore_moments(stepper.model, stepper.optimizer, read_tensors(folder / "optimizer.safetensors"))
    if stepper.scaler.is_enabled():
        stepper.scaler.load_state_dict(state["scaler"])
    validations = [ValidationReport(**row) for row in state["validations"]]
    return Progress(step=state["step"], tokens=state["tokens"], validations=validations)


def _refuse_other_dtype(folder: Path, begun_in: str, here: str) -> None:
    """`auto` means one thing on the machine where a run began and may mean another here."""
    if begun_in != here:
        raise CheckpointError(
            f"{folder}: this run began in {begun_in} and would go on in {here}",
            hint="go on with it on a machine like the first, or train anew with --replace and a named "
            "training.precision",
        )


def newest_checkpoint(folder: Path, recipe: Section, inputs: Sequence[Artifact]) -> Path | None:
    """Return the newest checkpoint of a run, or None before the first.

    Raises CheckpointError when it belongs to another recipe or dataset.
    """
    checkpoints = _sealed(folder)
    if not checkpoints:
        return None
    if find(checkpoints[-1], "checkpoint", recipe, inputs) is None:
        raise CheckpointError(
            f"{checkpoints[-1]}: was made by another recipe, dataset or version of MyPT",
            hint="add --replace to start this run anew, or choose another folder with --out",
        )
    return checkpoints[-1]


def checkpoint_path(folder: Path, step: int) -> Path:
    """Return where the checkpoint after a step lies; names sort by step."""
    return folder / f"step-{step:08d}"


def prune_checkpoints(folder: Path, keep: int) -> None:
    """Delete all but the newest checkpoints."""
    for path in _sealed(folder)[:-keep]:
        shutil.rmtree(path)


def _sealed(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("step-*") if (path / "manifest.json").is_file())


def _moments(stepper: Stepper) -> dict[str, torch.Tensor]:
    """Name AdamW's moments after their parameters, so that their order never matters."""
    state = stepper.optimizer.state
    return {
        f"{name}.{key}": state[parameter][key]
        for name, parameter in stepper.model.named_parameters()
        if parameter in state
        for key in _MOMENTS
    }


def _restore_moments(model: nn.Module, optimizer: AdamW, tensors: dict[str, torch.Tensor]) -> None:
    for name, parameter in model.named_parameters():
        moments = {key: tensors[f"{name}.{key}"] for key in _MOMENTS if f"{name}.{key}" in tensors}
        if moments:
            moments["exp_avg"] = moments["exp_avg"].to(parameter.device)
            moments["exp_avg_sq"] = moments["exp_avg_sq"].to(parameter.device)
            moments["step"] = moments["step"].to(parameter.device)
            optimizer.state[parameter] = moments
