"""Stock classes of transformers load an export, and compute and generate what our model does."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from mypt.errors import InputError
from mypt.inference.config import SamplingConfig
from mypt.inference.generate import generate
from mypt.inference.torch_engine import TorchEngine
from mypt.interchange.hugging_face_export import export_hugging_face
from mypt.model.config import GPTConfig
from mypt.provenance.trace import trace_back
from tests.interchange.models import (
    BPE,
    LETTERS,
    gpt2,
    llama,
    logits,
    random_ids,
    sealed,
    stock_logits,
    stock_model,
)

REPRESENTABLE = {
    "llama": (llama(), "LlamaForCausalLM"),
    "llama, untied": (llama(tie_weights=False), "LlamaForCausalLM"),
    "llama with biases": (llama(bias=True), "LlamaForCausalLM"),
    "llama, another theta": (llama(rope_theta=500.0), "LlamaForCausalLM"),
    "llama, scaled positions": (llama(rope_scale=4.0), "LlamaForCausalLM"),
    "gpt2": (gpt2(), "GPT2LMHeadModel"),
    "gpt2, untied": (gpt2(tie_weights=False), "GPT2LMHeadModel"),
    "gpt2, exact GELU": (gpt2(mlp_type="gelu_exact"), "GPT2LMHeadModel"),
    "gpt2, ReLU": (gpt2(mlp_type="relu"), "GPT2LMHeadModel"),
}
representable = pytest.mark.parametrize(("config", "name"), REPRESENTABLE.values(), ids=REPRESENTABLE)


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@representable
def test_stock_code_computes_the_same_logits(config: GPTConfig, name: str, tmp_path: Path) -> None:
    source = sealed(tmp_path / "model", config)
    ids = random_ids(source.model)

    export = export_hugging_face(source, tmp_path / "hf")

    assert type(stock_model(export.path)).__name__ == name
    torch.testing.assert_close(
        stock_logits(export.path, ids), logits(source.model, ids), atol=1e-5, rtol=1e-5
    )


@pytest.mark.parametrize("config", [llama(BPE), gpt2(BPE)], ids=["llama", "gpt2"])
def test_greedy_generation_gives_the_same_ids(config: GPTConfig, tmp_path: Path) -> None:
    source = sealed(tmp_path / "model", config, BPE)
    prompt = BPE.encode("Die Würde des Menschen ist unantastbar")
    export = export_hugging_face(source, tmp_path / "hf")

    theirs = stock_model(export.path).generate(
        torch.tensor([prompt]), do_sample=False, max_new_tokens=12, attention_mask=torch.ones(1, len(prompt))
    )
    ours = generate(TorchEngine(source.model), [prompt], SamplingConfig(temperature=0.0, max_new_tokens=12))

    assert theirs[0, len(prompt) :].tolist() == list(ours[0].ids)


@representable
def test_only_rows_of_ids_that_exist_are_exported(config: GPTConfig, name: str, tmp_path: Path) -> None:
    source = sealed(tmp_path / "model", config)

    export = export_hugging_face(source, tmp_path / "hf")

    weights = load_file(export.path / "model.safetensors")
    rows = [
        len(tensor) for key, tensor in weights.items() if key.endswith(("embed_tokens.weight", "wte.weight"))
    ]
    assert config.padded_vocab_size > config.vocab_size
    assert rows == [config.vocab_size]
    assert ("lm_head.weight" in weights) != config.tie_weights, name


def test_bf16_is_said_and_is_what_stock_code_loads(tmp_path: Path) -> None:
    source = sealed(tmp_path / "model", llama())

    export = export_hugging_face(source, tmp_path / "hf", dtype="bf16")

    model = stock_model(export.path)
    expected = source.model.state_dict()["blocks.0.attention.output.weight"].bfloat16()
    assert {parameter.dtype for parameter in model.parameters()} == {torch.bfloat16}
    assert torch.equal(model.model.layers[0].self_attn.o_proj.weight, expected)


def test_generation_stops_after_a_turn_a_tool_call_and_a_document(tmp_path: Path) -> None:
    export = export_hugging_face(sealed(tmp_path / "model", llama(BPE), BPE), tmp_path / "hf")

    values = read(export.path / "generation_config.json")

    assert values == {"bos_token_id": 50256, "pad_token_id": 50256, "eos_token_id": [50275, 50268, 50256]}


def test_a_base_model_is_kept_from_writing_tags(tmp_path: Path) -> None:
    export = export_hugging_face(sealed(tmp_path / "model", llama(BPE), BPE, "pretrain"), tmp_path / "hf")

    values = read(export.path / "generation_config.json")

    assert values["suppress_tokens"] == list(range(50257, 50276))


def test_the_export_is_sealed_with_its_origin_and_its_licences(tmp_path: Path) -> None:
    source = sealed(tmp_path / "model", llama())

    export = export_hugging_face(source, tmp_path / "hf")

    assert [link.artifact.manifest.kind for link in trace_back(export.path)] == ["export", "model"]
    assert export.manifest.inputs[0].digest == source.artifact.digest
    assert export.manifest.licences == {"CC0-1.0": 3}


def test_the_same_export_is_found_and_another_is_refused(tmp_path: Path) -> None:
    source = sealed(tmp_path / "model", llama())
    first = export_hugging_face(source, tmp_path / "hf")

    again = export_hugging_face(source, tmp_path / "hf")

    assert again.digest == first.digest
    with pytest.raises(InputError, match="already holds"):
        export_hugging_face(source, tmp_path / "hf", dtype="bf16")
    assert export_hugging_face(source, tmp_path / "hf", dtype="bf16", replace=True).digest != first.digest


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    source = sealed(tmp_path / "model", llama())

    exports = [export_hugging_face(source, tmp_path / name) for name in ("a", "b")]

    assert exports[0].manifest.files == exports[1].manifest.files


def test_the_weights_say_that_they_are_torchs(tmp_path: Path) -> None:
    export = export_hugging_face(sealed(tmp_path / "model", llama()), tmp_path / "hf")

    with safe_open(export.path / "model.safetensors", "pt") as file:
        assert file.metadata() == {"format": "pt"}


def test_a_model_that_is_neither_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    source = sealed(tmp_path / "model", llama(norm_type="layernorm", head_bias=True))

    with pytest.raises(InputError, match="not representable") as caught:
        export_hugging_face(source, tmp_path / "hf")

    assert "no llama: norm_type='layernorm', head_bias=True" in caught.value.message
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert source.tokenizer == LETTERS
