"""Folders and files of others become models with the same logits, or are refused before any harm."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from mypt.errors import CheckpointError, ConfigError, InputError, ManifestMismatch, MyptError
from mypt.files import sha256_file
from mypt.interchange.hugging_face_export import export_hugging_face
from mypt.interchange.hugging_face_tokenizer import write_tokenizer
from mypt.interchange.import_model import import_model
from mypt.model.config import GPTConfig
from mypt.model.model_folder import open_model_folder
from mypt.provenance.trace import trace_back
from tests.interchange.models import BPE, LETTERS, gpt2, llama, logits, random_ids, sealed

LLAMA: dict[str, Any] = {
    "vocab_size": 50257, "hidden_size": 32, "intermediate_size": 128, "num_hidden_layers": 2,
    "num_attention_heads": 2, "max_position_embeddings": 32, "rms_norm_eps": 1e-6,
}  # fmt: skip


def stock_gpt2(**changes: Any) -> Any:
    """Return a two-head GPT-2 with random weights."""
    torch.manual_seed(0)
    shape = {"vocab_size": 50257, "n_positions": 32, "n_embd": 128, "n_layer": 2, "n_head": 2}
    model: Any = GPT2LMHeadModel(GPT2Config(**{**shape, **changes}))
    return model.eval()


def stock_llama(**changes: Any) -> Any:
    torch.manual_seed(0)
    model: Any = LlamaForCausalLM(LlamaConfig(**{**LLAMA, "bos_token_id": 0, "eos_token_id": 0, **changes}))
    return model.eval()


def bare_file(model: GPT2LMHeadModel, path: Path, **extra: torch.Tensor) -> Path:
    """Write the weights as the published file has them: no prefix, no head."""
    state = {name: tensor.clone() for name, tensor in model.transformer.state_dict().items()}
    save_file({**state, **extra}, path)
    return path


def assert_same_logits(folder: Path, stock: Any, n_ids: int = 50257) -> None:
    model = open_model_folder(folder).model
    ids = torch.randint(n_ids, (2, 24), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = stock(ids).logits
    torch.testing.assert_close(logits(model, ids)[..., :n_ids], expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("config", [llama(), llama(tie_weights=False), llama(bias=True), gpt2()], ids=str)
def test_an_export_comes_back_to_the_bit(config: GPTConfig, tmp_path: Path) -> None:
    source = sealed(tmp_path / "model", config)
    export = export_hugging_face(source, tmp_path / "hf")

    back = open_model_folder(import_model(export.path, tmp_path / "back").path)

    ids = random_ids(source.model)
    assert torch.equal(logits(back.model, ids), logits(source.model, ids))
    assert back.tokenizer == source.tokenizer
    assert back.model.config == config.model_copy(update={"vocab_multiple": 128})
    assert not back.is_base


def test_an_export_keeps_its_lineage_and_licences(tmp_path: Path) -> None:
    export = export_hugging_face(sealed(tmp_path / "model", llama()), tmp_path / "hf")

    artifact = import_model(export.path, tmp_path / "back")

    assert [link.artifact.path.name for link in trace_back(artifact.path)] == ["back", "hf", "model"]
    assert artifact.manifest.licences == {"CC0-1.0": 3}


def test_an_export_that_was_changed_is_refused(tmp_path: Path) -> None:
    export = export_hugging_face(sealed(tmp_path / "model", llama()), tmp_path / "hf")
    (export.path / "config.json").write_text("{}")

    with pytest.raises(ManifestMismatch):
        import_model(export.path, tmp_path / "back")


@pytest.mark.parametrize("is_tied", [True, False])
def test_a_stock_gpt2_folder_is_imported(is_tied: bool, tmp_path: Path) -> None:  # noqa: FBT001
    stock = stock_gpt2(tie_word_embeddings=is_tied, n_head=4)
    stock.save_pretrained(tmp_path / "hf")

    artifact = import_model(tmp_path / "hf", tmp_path / "model")

    assert_same_logits(artifact.path, stock)
    opened = open_model_folder(artifact.path)
    assert opened.is_base
    assert opened.model.config.tie_weights == is_tied
    assert opened.model.config.vocab_size == 50276


@pytest.mark.parametrize("is_tied", [True, False])
def test_a_stock_llama_folder_is_imported(is_tied: bool, tmp_path: Path) -> None:  # noqa: FBT001
    stock = stock_llama(tie_word_embeddings=is_tied)
    stock.save_pretrained(tmp_path / "hf")
    write_tokenizer(tmp_path / "hf", BPE, 32)

    artifact = import_model(tmp_path / "hf", tmp_path / "model")

    assert_same_logits(artifact.path, stock)


def test_shards_are_imported(tmp_path: Path) -> None:
    stock = stock_gpt2()
    stock.save_pretrained(tmp_path / "hf", max_shard_size="2MB")
    assert len(list((tmp_path / "hf").glob("*.safetensors"))) > 1

    assert_same_logits(import_model(tmp_path / "hf", tmp_path / "model").path, stock)


def test_bf16_weights_are_taken_as_they_are(tmp_path: Path) -> None:
    stock = stock_gpt2().bfloat16()
    stock.save_pretrained(tmp_path / "hf")

    assert_same_logits(import_model(tmp_path / "hf", tmp_path / "model").path, stock.float())


@pytest.mark.parametrize(
    "extra", [{}, {"h.0.attn.bias": torch.ones(1, 1, 32, 32).tril()}], ids=["plain", "masks"]
)
def test_the_published_file_of_gpt2_is_imported_by_itself(
    extra: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    stock = stock_gpt2()
    path = bare_file(stock, tmp_path / "gpt2.safetensors", **extra)

    artifact = import_model(path, tmp_path / "model")

    assert_same_logits(artifact.path, stock)
    assert artifact.manifest.sources == {"gpt2.safetensors": sha256_file(path)}
    assert artifact.manifest.counts["rows_added"] == 19


def test_a_head_that_repeats_the_embedding_is_stored_once(tmp_path: Path) -> None:
    stock = stock_gpt2()
    path = bare_file(
        stock, tmp_path / "a.safetensors", **{"lm_head.weight": stock.lm_head.weight.detach().clone()}
    )

    artifact = import_model(path, tmp_path / "model")

    assert open_model_folder(artifact.path).model.config.tie_weights
    assert_same_logits(artifact.path, stock)


def test_the_same_import_is_found_and_another_is_refused(tmp_path: Path) -> None:
    path = bare_file(stock_gpt2(), tmp_path / "a.safetensors")
    first = import_model(path, tmp_path / "model")

    assert import_model(path, tmp_path / "model").digest == first.digest
    bare_file(stock_gpt2(n_layer=1), path)
    with pytest.raises(InputError, match="already holds"):
        import_model(path, tmp_path / "model")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder as anyone could have made it: an export without its manifest."""
    folder = tmp_path_factory.mktemp("exported")
    export = export_hugging_face(sealed(folder / "model", llama()), folder / "hf")
    (export.path / "manifest.json").unlink()
    return export.path


@pytest.fixture
def foreign(exported: Path, tmp_path: Path) -> Path:
    """Return a copy that a test may spoil."""
    return shutil.copytree(exported, tmp_path / "hf")


def set_config(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    values = {**json.loads(path.read_text(encoding="utf-8")), **changes}
    path.write_text(json.dumps(values), encoding="utf-8")


def refusal(folder: Path, kind: type[MyptError]) -> MyptError:
    """Return the error of an import, which left nothing behind."""
    before = sorted(folder.parent.iterdir())
    with pytest.raises(kind) as caught:
        import_model(folder, folder.parent / "new")
    assert sorted(folder.parent.iterdir()) == before
    return caught.value


@pytest.mark.parametrize(
    ("changes", "kind", "reason"),
    [
        ({"model_type": "mistral"}, InputError, "model_type is 'mistral', which is not representable"),
        ({"model_type": None}, InputError, "model_type is None"),
        ({"model_type": ["llama"]}, InputError, "not representable"),
        ({"quantization_config": {"bits": 4}}, InputError, "the weights are quantised"),
        ({"num_key_value_heads": 1}, InputError, "grouped-query attention"),
        ({"hidden_size": -1}, ConfigError, "hidden_size: Input should be greater than 0"),
        ({"hidden_size": 10**15, "intermediate_size": 2666666666666688}, MyptError, ""),
        ({"num_hidden_layers": 10**9}, CheckpointError, "the configuration says"),
        ({"vocab_size": 10**12}, CheckpointError, "the configuration says"),
        ({"max_position_embeddings": 10**12}, InputError, "positions are more than"),
        ({"num_attention_heads": 3, "num_key_value_heads": 3}, ConfigError, "not a multiple of n_head=3"),
        (
            {"attention_bias": True, "mlp_bias": True},
            CheckpointError,
            "is missing model.layers.0.mlp.down_proj.bias",
        ),
        ({"tie_word_embeddings": False}, CheckpointError, r"is missing lm_head\.weight"),
    ],
    ids=str,
)
def test_a_config_that_does_not_fit_is_refused(
    changes: dict[str, Any], kind: type[MyptError], reason: str, foreign: Path
) -> None:
    set_config(foreign, **changes)

    error = refusal(foreign, kind)

    assert error.hint
    assert re.search(reason, error.message)


def test_missing_unexpected_and_misshapen_weights_are_named(foreign: Path) -> None:
    path = foreign / "model.safetensors"
    weights = load_file(path)
    name = "model.layers.1.self_attn.q_proj.weight"
    for spoiled, reason in (
        ({key: value for key, value in weights.items() if key != name}, f"is missing {name}"),
        ({**weights, "model.layers.1.extra": torch.zeros(1)}, "has the unexpected model.layers.1.extra"),
        ({**weights, name: torch.zeros(32, 16)}, f"{name} has shape [32, 16], expected [32, 32]"),
    ):
        save_file(spoiled, path)
        assert reason in refusal(foreign, CheckpointError).message


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_truncated_file_is_refused(share: float, foreign: Path) -> None:
    path = foreign / "model.safetensors"
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])

    assert "cannot be read as safetensors" in refusal(foreign, CheckpointError).message


def test_a_missing_file_is_named(foreign: Path) -> None:
    (foreign / "tokenizer.json").unlink()
    assert "has no tokenizer.json of GPT-2's tokenizer" in refusal(foreign, InputError).message
    (foreign / "config.json").unlink()
    assert "config.json: cannot be read" in refusal(foreign, InputError).message


def test_a_tokenizer_of_another_size_is_refused(foreign: Path) -> None:
    write_tokenizer(foreign, BPE, 32)

    message = refusal(foreign, InputError).message

    assert f"the model has {LETTERS.base_vocab_size + 19} ids" in message
    assert "50257, or 50276 with the tags" in message


def test_an_older_vocabulary_that_is_not_gpt2s_is_refused(tmp_path: Path) -> None:
    stock_gpt2().save_pretrained(tmp_path / "hf")
    (tmp_path / "hf" / "vocab.json").write_text('{"a": 0}')

    assert "GPT-2's tokenizer" in refusal(tmp_path / "hf", InputError).message


def test_a_file_of_other_tensors_is_refused(tmp_path: Path) -> None:
    save_file({"weight": torch.zeros(2, 2)}, tmp_path / "other.safetensors")

    assert "not GPT-2's weights" in refusal(tmp_path / "other.safetensors", CheckpointError).message
