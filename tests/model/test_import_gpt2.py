"""Published GPT-2 weights as a sealed model folder."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel

from mypt.errors import CheckpointError, InputError
from mypt.files import sha256_file
from mypt.model.checkpoint import load_sealed_model
from mypt.model.import_gpt2 import import_gpt2
from mypt.tokenizer.registry import load_tokenizer


@pytest.fixture
def published(tmp_path: Path) -> GPT2LMHeadModel:
    """Return a two-head GPT-2 with random weights, saved as published ones are."""
    torch.manual_seed(0)
    config = GPT2Config(vocab_size=50257, n_positions=32, n_embd=128, n_layer=2, n_head=2)
    model = GPT2LMHeadModel(config)
    model.train(mode=False)
    state = {name: tensor.clone() for name, tensor in model.transformer.state_dict().items()}
    save_file(state, tmp_path / "gpt2.safetensors")
    return model


def test_the_folder_answers_as_the_published_model(published: GPT2LMHeadModel, tmp_path: Path) -> None:
    artifact = import_gpt2(tmp_path / "gpt2.safetensors", tmp_path / "model")

    model = load_sealed_model(artifact.path)
    ids = torch.tensor([load_tokenizer(artifact.path).encode("Die Würde des Menschen")])
    with torch.no_grad():
        logits = model(ids)
        expected = published(ids).logits
    assert model.config.vocab_size == 50276
    torch.testing.assert_close(logits[..., :50257], expected, atol=1e-5, rtol=1e-5)


def test_the_manifest_binds_the_file_that_was_read(published: GPT2LMHeadModel, tmp_path: Path) -> None:  # noqa: ARG001
    path = tmp_path / "gpt2.safetensors"

    artifact = import_gpt2(path, tmp_path / "model")

    assert artifact.manifest.sources == {"gpt2.safetensors": sha256_file(path)}


def test_an_import_does_not_overwrite(published: GPT2LMHeadModel, tmp_path: Path) -> None:  # noqa: ARG001
    import_gpt2(tmp_path / "gpt2.safetensors", tmp_path / "model")

    with pytest.raises(InputError, match="already holds"):
        import_gpt2(tmp_path / "gpt2.safetensors", tmp_path / "model")


def test_other_weights_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    save_file({"weight": torch.zeros(2, 2)}, tmp_path / "other.safetensors")

    with pytest.raises(CheckpointError, match="not GPT-2's weights"):
        import_gpt2(tmp_path / "other.safetensors", tmp_path / "model")
    assert [path.name for path in tmp_path.iterdir()] == ["other.safetensors"]
