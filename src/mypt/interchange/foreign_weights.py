"""The tensors in a folder or file of others: whole, in one file or in shards, and not quantised."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from mypt.errors import CheckpointError, InputError
from mypt.files import read_json
from mypt.model.checkpoint import read_tensors

INDEX_NAME = "model.safetensors.index.json"
WEIGHTS_NAME = "model.safetensors"
_DTYPES = (torch.float32, torch.bfloat16, torch.float16, torch.float64)


def weight_files(path: Path) -> list[Path]:
    """Return the safetensors files of a folder, or the file itself; InputError when there are none."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError(f"{path}: no such file or folder", hint="give a safetensors file or its folder")
    if (path / INDEX_NAME).is_file():
        return _shards(path / INDEX_NAME)
    if (path / WEIGHTS_NAME).is_file():
        return [path / WEIGHTS_NAME]
    pickles = [name for name in ("pytorch_model.bin", "model.pt") if (path / name).exists()]
    if pickles:
        raise InputError(f"{path}: has {pickles[0]} and no {WEIGHTS_NAME}", hint=_PICKLES[pickles[0]])
    raise InputError(
        f"{path}: has neither {WEIGHTS_NAME} nor {INDEX_NAME}", hint="give the folder that holds the weights"
    )


def read_weights(files: list[Path]) -> dict[str, Tensor]:
    """Return all tensors of some files; CheckpointError for one that is torn, doubled or quantised."""
    weights: dict[str, Tensor] = {}
    for file in files:
        tensors = read_tensors(file)
        doubled = sorted(tensors.keys() & weights.keys())
        if doubled:
            raise CheckpointError(f"{file}: has {doubled[0]}, which another shard has too")
        _refuse_other_dtypes(file, tensors)
        weights |= tensors
    return weights


def _shards(index: Path) -> list[Path]:
    """Return the files that an index names, which must lie beside it."""
    try:
        names = sorted(set(read_json(index)["weight_map"].values()))
        is_plain = all(name and Path(name).name == name for name in names)
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{index}: expected an object with a `weight_map` of file names") from error
    if not names or not is_plain:
        raise InputError(f"{index}: `weight_map` must name files that lie beside it, got {names!r:.80}")
    missing = [name for name in names if not (index.parent / name).is_file()]
    if missing:
        raise InputError(
            f"{index.parent / missing[0]}: no such file", hint="copy every shard that the index names"
        )
    return [index.parent / name for name in names]


def _refuse_other_dtypes(file: Path, tensors: Mapping[str, Tensor]) -> None:
    for name, tensor in tensors.items():
        if tensor.dtype not in _DTYPES:
            dtype = str(tensor.dtype).removeprefix("torch.")
            raise CheckpointError(
                f"{file}: {name} is {dtype}, so these weights are quantised",
                hint="import the model in fp32, bf16 or fp16",
            )


_PICKLES = {
    "pytorch_model.bin": "a pickle can run code; save the model again as safetensors",
    "model.pt": "a checkpoint of the earlier MyPT: mypt model convert",
}
