"""Tensors are read whole, from one file or from shards; what is torn or odd is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from mypt.errors import CheckpointError, InputError
from mypt.interchange.foreign_weights import INDEX_NAME, read_weights, weight_files


def write_index(folder: Path, value: Any) -> None:
    (folder / INDEX_NAME).write_text(json.dumps(value), encoding="utf-8")


def test_one_file_is_read_by_itself_or_by_its_folder(tmp_path: Path) -> None:
    save_file({"a": torch.ones(2)}, tmp_path / "model.safetensors")

    assert weight_files(tmp_path) == weight_files(tmp_path / "model.safetensors")
    assert torch.equal(read_weights(weight_files(tmp_path))["a"], torch.ones(2))


def test_shards_are_put_together(tmp_path: Path) -> None:
    save_file({"a": torch.ones(2)}, tmp_path / "model-1.safetensors")
    save_file({"b": torch.zeros(3).bfloat16()}, tmp_path / "model-2.safetensors")
    write_index(tmp_path, {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}})

    weights = read_weights(weight_files(tmp_path))

    assert {name: tensor.shape for name, tensor in weights.items()} == {"a": (2,), "b": (3,)}


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    write_index(tmp_path, {"weight_map": {"a": "model-1.safetensors"}})

    with pytest.raises(InputError, match=r"model-1\.safetensors: no such file"):
        weight_files(tmp_path)


@pytest.mark.parametrize("value", [{}, [], {"weight_map": {}}, {"weight_map": ["a"]}], ids=str)
def test_an_index_of_another_shape_is_refused(value: object, tmp_path: Path) -> None:
    write_index(tmp_path, value)

    with pytest.raises(InputError, match="weight_map"):
        weight_files(tmp_path)


@pytest.mark.parametrize("name", [1, "", "../secret", "/etc/passwd"])
def test_an_index_leads_to_no_file_elsewhere(name: object, tmp_path: Path) -> None:
    write_index(tmp_path, {"weight_map": {"a": name}})

    with pytest.raises(InputError, match="weight_map"):
        weight_files(tmp_path)


def test_a_tensor_in_two_shards_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save_file({"x": torch.ones(2)}, tmp_path / name)

    with pytest.raises(CheckpointError, match="has x, which another shard has too"):
        read_weights([tmp_path / "a", tmp_path / "b"])


@pytest.mark.parametrize("dtype", [torch.int8, torch.uint8, torch.float8_e4m3fn, torch.int64])
def test_quantised_weights_are_refused(dtype: torch.dtype, tmp_path: Path) -> None:
    save_file({"x": torch.ones(2).to(dtype)}, tmp_path / "a")

    with pytest.raises(CheckpointError, match="these weights are quantised"):
        read_weights([tmp_path / "a"])


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.99])
def test_a_truncated_file_is_refused(share: float, tmp_path: Path) -> None:
    save_file({"x": torch.ones(2000)}, tmp_path / "a")
    data = (tmp_path / "a").read_bytes()
    (tmp_path / "a").write_bytes(data[: int(len(data) * share)])

    with pytest.raises(CheckpointError, match="cannot be read as safetensors"):
        read_weights([tmp_path / "a"])


@pytest.mark.parametrize(
    ("name", "hint"),
    [("pytorch_model.bin", "save the model again as safetensors"), ("model.pt", "mypt model convert")],
)
def test_a_pickle_is_never_opened(name: str, hint: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"x")

    with pytest.raises(InputError, match=f"has {name} and no model") as caught:
        weight_files(tmp_path)

    assert hint in caught.value.hint


def test_nothing_is_said_to_be_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has neither model\.safetensors nor"):
        weight_files(tmp_path)
    with pytest.raises(InputError, match="no such file or folder"):
        weight_files(tmp_path / "none")
