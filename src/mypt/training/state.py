"""All that a run needs to go on exactly, as named tensors and a little JSON.

Tensors go through torch's distributed checkpoint into safetensors files, so that
they can be read on another number of processes, and no file could run code.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch.distributed as dist
from torch import Tensor
from torch.distributed.checkpoint.api import CheckpointException
from torch.distributed.checkpoint.hf_storage import HuggingFaceStorageReader, HuggingFaceStorageWriter
from torch.distributed.checkpoint.state_dict import (
    get_model_state_dict,
    get_optimizer_state_dict,
    set_optimizer_state_dict,
)
from torch.distributed.checkpoint.state_dict_loader import load
from torch.distributed.checkpoint.state_dict_saver import save

from mypt.errors import CheckpointError
from mypt.files import read_json
from mypt.model.checkpoint import STATE_FOLDER
from mypt.training.reports import ValidationReport
from mypt.training.step import Stepper

STATE_NAME = "state.json"


@dataclass
class Progress:
    """How far a run is."""

    step: int = 0
    tokens: int = 0
    data_offset: int = 0
    """Steps whose data was passed over by rolling back."""
    rollbacks: int = 0
    bad_in_a_row: int = 0
    metrics_head: str = ""
    """End of the chain of the metrics log."""
    validations: list[ValidationReport] = field(default_factory=list)

    @property
    def data_step(self) -> int:
        """Return which step's data comes next."""
        return self.step + self.data_offset


def state_tensors(stepper: Stepper) -> dict[str, Tensor]:
    """Return every tensor of a run by name; changing one changes the run."""
    weights = get_model_state_dict(stepper.model)
    tensors: dict[str, Any] = {f"model.{name}": value for name, value in weights.items()}
    for name, moments in _optimizer_states(stepper)["state"].items():
        tensors |= {f"optimizer.{name}.{key}": value for key, value in moments.items()}
    return tensors | stepper.guard.tensors()


def state_json(stepper: Stepper, progress: Progress) -> dict[str, Any]:
    """Return what is no tensor."""
    return {
        **asdict(progress),
        "scaler": stepper.scaler.state_dict(),
        "compute_dtype": str(stepper.model.compute_dtype),
    }


def write_tensors(folder: Path, tensors: Mapping[str, Tensor], group: dist.ProcessGroup) -> None:
    """Write tensors into a folder, each process its part.

    Raises the OSError of whoever could not write.
    """
    writer = HuggingFaceStorageWriter(str(folder / STATE_FOLDER), save_distributed=True)
    try:
        save(dict(tensors), storage_writer=writer, process_group=group)
    except CheckpointException as error:
        for failure, _ in error.failures.values():
            if isinstance(failure, OSError):
                raise failure from error
        raise


def restore(folder: Path, stepper: Stepper) -> Progress:
    """Put a checkpoint's state into a stepper of the same recipe, and return how far it was.

    Raises CheckpointError when it is another model's, or was computed in other numbers.
    """
    state: dict[str, Any] = read_json(folder / STATE_NAME)
    _refuse_other_dtype(folder, state["compute_dtype"], str(stepper.model.compute_dtype))
    optimizer_states = _optimizer_states(stepper)
    try:
        load(state_tensors(stepper), storage_reader=HuggingFaceStorageReader(str(folder / STATE_FOLDER)))
    except (CheckpointException, ValueError) as error:
        raise CheckpointError(f"{folder}: its tensors are not those of this recipe: {error}") from error
    set_optimizer_state_dict(stepper.model, stepper.optimizers.all, optim_state_dict=optimizer_states)
    if stepper.scaler.is_enabled():
        stepper.scaler.load_state_dict(state["scaler"])
    validations = [ValidationReport.from_json(row) for row in state["validations"]]
    names = ("step", "tokens", "data_offset", "rollbacks", "bad_in_a_row", "metrics_head")
    return Progress(**{name: state[name] for name in names}, validations=validations)


def _optimizer_states(stepper: Stepper) -> dict[str, Any]:
    """Return the moments by the names of their parameters; a fresh optimizer gets zeros."""
    return get_optimizer_state_dict(stepper.model, stepper.optimizers.all)


def _refuse_other_dtype(folder: Path, begun_in: str, here: str) -> None:
    """`auto` means one thing on the machine where a run began and may mean another here."""
    if begun_in != here:
        raise CheckpointError(
            f"{folder}: this run began in {begun_in} and would go on in {here}",
            hint="go on with it on a machine like the first, or train anew with --replace and a named "
            "training.precision",
        )
