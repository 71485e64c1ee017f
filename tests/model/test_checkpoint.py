"""Tests of the model folder."""

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from mypt.errors import CheckpointError, ManifestMismatch, StorageFull
from mypt.files import sha256_file
from mypt.model.checkpoint import (
    load_model,
    load_sealed_model,
    read_tensors,
    save_model,
    write_tensors,
)
from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT
from mypt.provenance.artifact import staged
from mypt.provenance.manifest import Kind
from tests.model.models import BOTH, MODERN, make_model, random_ids

both_styles = pytest.mark.parametrize("config", BOTH, ids=["modern", "gpt2-style"])


def _seal(folder: Path, kind: Kind, model: GPT) -> None:
    with staged(folder, kind, MODERN) as draft:
        save_model(draft.path, model)


def _edit_weights(folder: Path, **changes: torch.Tensor | None) -> None:
    weights = load_file(folder / "model.safetensors")
    edited = {name.replace("__", "."): tensor for name, tensor in changes.items()}
    kept = {name: tensor.clone() for name, tensor in {**weights, **edited}.items() if tensor is not None}
    save_file(kept, folder / "model.safetensors")


@both_styles
@pytest.mark.parametrize("tie_weights", [True, False])
def test_a_loaded_model_is_the_saved_one_to_the_bit(
    config: GPTConfig,
    tie_weights: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    model = make_model(config.model_copy(update={"tie_weights": tie_weights})).eval()

    save_model(tmp_path, model)
    loaded = load_model(tmp_path)

    assert loaded.config == model.config
    torch.testing.assert_close(loaded.state_dict(), model.state_dict(), atol=0, rtol=0)
    assert torch.equal(loaded(random_ids(2, 9)), model(random_ids(2, 9)))


def test_a_tied_head_is_stored_once_and_tied_again(tmp_path: Path) -> None:
    save_model(tmp_path, make_model(MODERN))

    names = [name for name in load_file(tmp_path / "model.safetensors") if "embedding" in name]
    loaded = load_model(tmp_path)

    assert names == ["token_embedding.weight"]
    assert loaded.head_weight is loaded.token_embedding.weight


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save_model(tmp_path / name, make_model(MODERN))

    for file in ("config.json", "model.safetensors"):
        assert sha256_file(tmp_path / "a" / file) == sha256_file(tmp_path / "b" / file)


def test_the_file_has_no_metadata_and_only_fp32(tmp_path: Path) -> None:
    save_model(tmp_path, make_model(MODERN).to(torch.bfloat16))

    with safe_open(tmp_path / "model.safetensors", "pt") as file:
        assert file.metadata() is None
        assert {file.get_slice(name).get_dtype() for name in file.keys()} == {"F32"}  # noqa: SIM118


def test_a_loaded_model_is_ready_for_inference(tmp_path: Path) -> None:
    save_model(tmp_path, make_model(MODERN).train())

    assert not load_model(tmp_path).training


def test_a_missing_tensor_is_named(tmp_path: Path) -> None:
    save_model(tmp_path, make_model(MODERN))
    _edit_weights(tmp_path, final_norm__weight=None)

    with pytest.raises(CheckpointError, match=r"model.safetensors: is missing final_norm.weight$"):
        load_model(tmp_path)


def test_an_unexpected_tensor_is_named(tmp_path: Path) -> None:
    save_model(tmp_path, make_model(MODERN))
    _edit_weights(tmp_path, head__bias=torch.zeros(61), other=torch.zeros(1))

    with pytest.raises(CheckpointError, match=r"has the unexpected head.bias and 1 more$"):
        load_model(tmp_path)


def test_a_wrong_shape_is_named_with_the_right_one(tmp_path: Path) -> None:
    save_model(tmp_path, make_model(MODERN))
    _edit_weights(tmp_path, final_norm__weight=torch.zeros(31))

    with pytest.raises(CheckpointError, match=r"final_norm.weight has shape \[31\], expected \[32\]"):
        load_model(tmp_path)


def test_weights_that_are_no_safetensors_are_refused(tmp_path: Path) -> None:
    save_model(tmp_path, make_model(MODERN))
    torch.save({"a": torch.zeros(2)}, tmp_path / "model.safetensors")

    with pytest.raises(CheckpointError, match="cannot be read as safetensors"):
        load_model(tmp_path)


def test_a_missing_weights_file_is_refused(tmp_path: Path) -> None:
    save_model(tmp_path, make_model(MODERN))
    (tmp_path / "model.safetensors").unlink()

    with pytest.raises(CheckpointError, match="cannot be read as safetensors"):
        load_model(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"), [("{", "not JSON"), ('{"n_embd": 0}', "n_embd"), ("[]", "valid GPTConfig")]
)
def test_a_damaged_config_is_refused(content: str, message: str, tmp_path: Path) -> None:
    save_model(tmp_path, make_model(MODERN))
    (tmp_path / "config.json").write_text(content)

    with pytest.raises(CheckpointError, match=message):
        load_model(tmp_path)


def test_an_empty_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"config.json: cannot be read"):
        load_model(tmp_path)


@pytest.mark.parametrize("kind", ["model", "checkpoint"])
def test_a_sealed_model_is_loaded_whether_finished_or_not(kind: Kind, tmp_path: Path) -> None:
    model = make_model(MODERN)
    _seal(tmp_path / "m", kind, model)

    loaded = load_sealed_model(tmp_path / "m")

    assert torch.equal(loaded.token_embedding.weight, model.token_embedding.weight)


def test_a_folder_without_manifest_is_not_trusted(tmp_path: Path) -> None:
    save_model(tmp_path, make_model(MODERN))

    with pytest.raises(ManifestMismatch, match=r"has no manifest.json") as caught:
        load_sealed_model(tmp_path)

    assert caught.value.hint


def test_a_changed_weight_is_noticed(tmp_path: Path) -> None:
    _seal(tmp_path / "m", "model", make_model(MODERN))
    _edit_weights(tmp_path / "m", final_norm__weight=torch.zeros(32))

    with pytest.raises(ManifestMismatch, match=r"model.safetensors"):
        load_sealed_model(tmp_path / "m")


def test_a_sealed_folder_without_weights_is_no_model(tmp_path: Path) -> None:
    with staged(tmp_path / "m", "model", MODERN) as draft:
        (draft.path / "note.txt").write_text("no model")

    with pytest.raises(ManifestMismatch, match=r"does not list config\.json"):
        load_sealed_model(tmp_path / "m")


def test_weights_that_came_after_the_seal_are_not_trusted(tmp_path: Path) -> None:
    with staged(tmp_path / "m", "model", MODERN) as draft:
        (draft.path / "note.txt").write_text("no model")
    save_model(tmp_path / "m", make_model(MODERN))

    with pytest.raises(ManifestMismatch, match=r"config\.json: not listed in the manifest"):
        load_sealed_model(tmp_path / "m")


def test_another_kind_of_artifact_is_no_model(tmp_path: Path) -> None:
    _seal(tmp_path / "m", "corpus", make_model(MODERN))

    with pytest.raises(ManifestMismatch, match="expected a model, this is a corpus"):
        load_sealed_model(tmp_path / "m")


def test_named_tensors_round_trip_with_their_dtypes(tmp_path: Path) -> None:
    tensors = {"step": torch.tensor(3.0), "half": torch.randn(2, 3).bfloat16().t()}

    write_tensors(tmp_path / "new" / "t.safetensors", tensors)

    torch.testing.assert_close(read_tensors(tmp_path / "new" / "t.safetensors"), tensors, atol=0, rtol=0)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
def test_others_may_read_the_weights_if_they_may_read_the_config(tmp_path: Path) -> None:
    save_model(tmp_path, make_model(MODERN))

    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("config.json", "model.safetensors")}

    assert len(modes) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot limit the size of a file")
@pytest.mark.usefixtures("file_size_limit")
def test_a_full_disk_leaves_the_old_file_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "t.safetensors"
    write_tensors(path, {"a": torch.ones(3)})

    with pytest.raises(StorageFull, match="no room left"):
        write_tensors(path, {"a": torch.zeros(100_000)})

    assert read_tensors(path)["a"].tolist() == [1.0, 1.0, 1.0]
    assert [file.name for file in tmp_path.iterdir()] == ["t.safetensors"]


@pytest.fixture
def file_size_limit() -> Iterator[None]:
    """No file may grow beyond 100 kB, as if the disk were full."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_the_config_file_is_plain_json(tmp_path: Path) -> None:
    save_model(tmp_path, make_model(MODERN))

    assert GPTConfig(**json.loads((tmp_path / "config.json").read_text())) == MODERN
