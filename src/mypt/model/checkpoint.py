"""A model folder: config.json and model.safetensors, nothing that could run code."""

import re
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from mypt.config import validate
from mypt.errors import CheckpointError, ManifestMismatch, UserError
from mypt.files import read_json, storage_errors, write_json
from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT
from mypt.provenance.artifact import open_artifact
from mypt.provenance.manifest import read_manifest

CONFIG_NAME = "config.json"
WEIGHTS_NAME = "model.safetensors"


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
    path = folder / WEIGHTS_NAME
    model = GPT(_read_config(folder / CONFIG_NAME))
    weights = read_tensors(path)
    refuse_mismatch(str(path), model.state_dict(), weights)
    model.load_state_dict(weights)
    return model.eval()


def load_sealed_model(folder: Path) -> GPT:
    """Return the model in an artifact whose every file was checked against its manifest.

    Raises ManifestMismatch when there is no manifest, or the folder is not what it says.
    """
    kind = read_manifest(folder).kind
    artifact = open_artifact(folder, "checkpoint" if kind == "checkpoint" else "model")
    for name in (CONFIG_NAME, WEIGHTS_NAME):
        if name not in artifact.manifest.files:
            raise ManifestMismatch(f"{folder}: its manifest does not list {name}, so it seals no model")
    return load_model(folder)


def write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write named tensors as safetensors, whole or not at all; StorageFull when there is no room."""
    ready = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    staging = path.with_name(f".{path.name}.staging")
    try:
        with storage_errors(path):
            staging.touch()
            mode = staging.stat().st_mode  # the user's; safetensors would let nobody else read
            _save_file(ready, staging)
            staging.chmod(mode)
            staging.replace(path)
    finally:
        staging.unlink(missing_ok=True)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return the named tensors of a safetensors file; CheckpointError when it is none."""
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path}: cannot be read as safetensors: {error}") from error


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


def _read_config(path: Path) -> GPTConfig:
    try:
        return validate(read_json(path), GPTConfig, str(path))
    except UserError as error:
        raise CheckpointError(error.message, error.hint) from error


def _save_file(tensors: dict[str, Tensor], path: Path) -> None:
    """Save without metadata keys, whose order would be random, and with errors that Python knows."""
    try:
        save_file(tensors, path)
    except SafetensorError as error:
        code = re.search(r"os error (\d+)", str(error))
        if code is None:
            raise
        raise OSError(int(code[1]), str(error)) from error
