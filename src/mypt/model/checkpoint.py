"""A model folder: config.json and model.safetensors, nothing that could run code."""

import re
import warnings
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.distributed.checkpoint.api import CheckpointException
from torch.distributed.checkpoint.hf_storage import HuggingFaceStorageReader
from torch.distributed.checkpoint.state_dict_loader import load

from mypt.config import validate
from mypt.errors import CheckpointError, ManifestMismatch, UserError
from mypt.files import read_json, storage_errors, write_json
from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT
from mypt.provenance.artifact import open_artifact
from mypt.provenance.manifest import read_manifest

CONFIG_NAME = "config.json"
WEIGHTS_NAME = "model.safetensors"
STATE_FOLDER = "state"
"""In a checkpoint: the tensors of a run, the model's among them, in as many files as processes wrote them."""


def save_model(folder: Path, model: GPT) -> None:
    """Write a model's config and fp32 weights; the same model gives the same bytes.

    A tied head is the embedding and is stored once. Raises StorageFull when
    there is no room.
    """
    write_json(folder / CONFIG_NAME, model.config.model_dump(mode="json"))
    weights = {name: tensor.float() for name, tensor in model.state_dict().items()}
    write_tensors(folder / WEIGHTS_NAME, weights)


def load_model(folder: Path) -> GPT:
    """Return the model in a folder, on the CPU and in eval mode.

    Raises CheckpointError when config and weights cannot be read or do not belong together.
    """
    model = GPT(read_config(folder))
    if (folder / STATE_FOLDER).is_dir():
        _load_state(model, folder / STATE_FOLDER)
        return model.eval()
    path = folder / WEIGHTS_NAME
    weights = read_tensors(path)
    refuse_mismatch(str(path), model.state_dict(), weights)
    model.load_state_dict(weights)
    return model.eval()


def read_config(folder: Path) -> GPTConfig:
    """Return the architecture of the model in a folder; CheckpointError when it says none."""
    path = folder / CONFIG_NAME
    try:
        return validate(read_json(path), GPTConfig, str(path))
    except UserError as error:
        raise CheckpointError(error.message, error.hint) from error


def _load_state(model: GPT, folder: Path) -> None:
    """Fill a model from a run's state, however many processes wrote it."""
    tensors = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="torch.distributed is disabled", category=UserWarning)
            load(tensors, storage_reader=HuggingFaceStorageReader(str(folder)), no_dist=True)
    except (CheckpointException, OSError, SafetensorError, ValueError) as error:
        raise CheckpointError(f"{folder}: does not hold the weights of its config: {error}", _HINT) from error


def load_sealed_model(folder: Path) -> GPT:
    """Return the model in an artifact whose every file was checked against its manifest.

    Raises ManifestMismatch when there is no manifest, or the folder is not what it says.
    """
    kind = read_manifest(folder).kind
    artifact = open_artifact(folder, "checkpoint" if kind == "checkpoint" else "model")
    for name in (CONFIG_NAME, *([] if kind == "checkpoint" else [WEIGHTS_NAME])):
        if name not in artifact.manifest.files:
            raise ManifestMismatch(f"{folder}: its manifest does not list {name}, so it seals no model")
    return load_model(folder)


def write_tensors(path: Path, tensors: Mapping[str, Tensor], note: dict[str, str] | None = None) -> None:
    """Write named tensors as safetensors, whole or not at all; StorageFull when there is no room.

    A note has one entry: those of several would be written in random order.
    """
    ready = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    staging = path.with_name(f".{path.name}.staging")
    try:
        with storage_errors(path):
            staging.touch()
            mode = staging.stat().st_mode  # the user's; safetensors would let nobody else read
            _save_file(ready, staging, note)
            staging.chmod(mode)
            staging.replace(path)
    finally:
        staging.unlink(missing_ok=True)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return the named tensors of a safetensors file; CheckpointError when it is none."""
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{path}: cannot be read as safetensors: {error}",
            hint="copy the file again from where it is whole",
        ) from error


def refuse_mismatch(where: str, expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> None:
    """Raise CheckpointError unless names and shapes are the expected ones."""
    missing = sorted(expected.keys() - found.keys())
    unexpected = sorted(found.keys() - expected.keys())
    for problem, names in (("is missing", missing), ("has the unexpected", unexpected)):
        if names:
            others = f" and {len(names) - 1} more" if len(names) > 1 else ""
            raise CheckpointError(f"{where}: {problem} {names[0]}{others}", hint=_HINT)
    for name, tensor in expected.items():
        if tensor.shape != found[name].shape:
            got, wanted = list(found[name].shape), list(tensor.shape)
            raise CheckpointError(f"{where}: {name} has shape {got}, expected {wanted}", hint=_HINT)


_HINT = "the weights belong to another architecture than its config says"


def _save_file(tensors: dict[str, Tensor], path: Path, note: dict[str, str] | None) -> None:
    """Save with errors that Python knows."""
    try:
        save_file(tensors, path, note)
    except SafetensorError as error:
        code = re.search(r"os error (\d+)", str(error))
        if code is None:
            raise
        raise OSError(int(code[1]), str(error)) from error
