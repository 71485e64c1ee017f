"""Tests of parameters, FLOPs and memory from the configuration alone."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT
from mypt.model.init_weights import init_weights
from mypt.model.packing import Packing, pack
from mypt.model.presets import PRESETS, preset
from mypt.model.size import (
    StepLoad,
    count_matmul_weights,
    count_parameters,
    flops_per_token,
    inference_memory,
    optimizer_bytes,
    training_flops_per_token,
    training_memory,
)
from tests.model.live_memory import LiveMemory

SHAPES = [
    GPTConfig(block_size=64, vocab_size=61, n_layer=2, n_head=2, n_embd=64, dropout=0.0),
    GPTConfig(block_size=64, vocab_size=61, n_layer=3, n_head=2, n_embd=64, dropout=0.2),
    GPTConfig(
        block_size=64, vocab_size=61, n_layer=2, n_head=2, n_embd=64, dropout=0.0, bias=False,
        pos_encoding="rope", mlp_type="swiglu", norm_type="rmsnorm",
    ),
]  # fmt: skip
every_shape = pytest.mark.parametrize("config", SHAPES, ids=["gpt2-style", "dropout", "modern"])


def _built(config: GPTConfig) -> int:
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in GPT(config).parameters())


@st.composite
def _configs(draw: st.DrawFn) -> GPTConfig:
    n_head = draw(st.integers(1, 4))
    return GPTConfig(
        block_size=draw(st.integers(1, 40)),
        vocab_size=draw(st.integers(1, 200)),
        vocab_multiple=draw(st.integers(1, 64)),
        n_layer=draw(st.integers(1, 3)),
        n_head=n_head,
        n_embd=n_head * 2 * draw(st.integers(1, 24)),
        bias=draw(st.booleans()),
        tie_weights=draw(st.booleans()),
        head_bias=draw(st.booleans()),
        pos_encoding=draw(st.sampled_from(["learned", "rope"])),
        mlp_type=draw(st.sampled_from(["gelu", "gelu_exact", "relu", "swiglu"])),
        norm_type=draw(st.sampled_from(["layernorm", "rmsnorm"])),
    )


@pytest.mark.parametrize("name", PRESETS)
def test_the_count_of_each_preset_is_that_of_the_built_model(name: str) -> None:
    assert count_parameters(preset(name)) == _built(preset(name))


@settings(max_examples=50, deadline=None)
@given(_configs())
def test_the_count_is_that_of_the_built_model(config: GPTConfig) -> None:
    assert count_parameters(config) == _built(config)


def test_gpt2_has_its_published_number_of_parameters() -> None:
    assert count_parameters(GPTConfig()) == 124_439_808


@every_shape
def test_forward_flops_are_those_that_are_executed(config: GPTConfig) -> None:
    model, n_tokens = init_weights(GPT(config), 0).eval(), 32
    counter = FlopCounterMode(display=False)  # counts no fused kernel, and all of a causal product
    flops = flops_per_token(config, n_tokens)

    with counter, torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
        model(torch.zeros(2, n_tokens, dtype=torch.int64))

    executed = counter.get_total_flops() / (2 * n_tokens)
    assert flops.matmul_forward_flops + flops.full_attention_forward_flops == executed


@every_shape
def test_training_flops_are_those_that_are_executed(config: GPTConfig) -> None:
    model, n_tokens = init_weights(GPT(config), 0).train(), 32
    counter = FlopCounterMode(display=False)

    with counter, sdpa_kernel(SDPBackend.MATH):
        model(torch.zeros(2, n_tokens, dtype=torch.int64)).sum().backward()

    executed = counter.get_total_flops() / (2 * n_tokens)
    assert flops_per_token(config, n_tokens).conventional_training_flops == executed


def test_causal_attention_counts_each_visible_pair_once() -> None:
    config, n_tokens = SHAPES[0], 7

    pairs = sum(position + 1 for position in range(n_tokens))
    expected = config.n_layer * pairs * 4 * config.n_embd  # scores and mixing, 2 flops each

    assert flops_per_token(config, n_tokens).causal_attention_forward_flops * n_tokens == expected


@pytest.mark.parametrize(("name", "giga_flops"), [("350M", 2.43), ("750M", 4.70), ("1.5B", 10.30)])
def test_the_published_convention_gives_the_reference_figures(name: str, giga_flops: float) -> None:
    flops = flops_per_token(preset(name), 1024)

    assert flops.conventional_training_flops / 1e9 == pytest.approx(giga_flops, abs=0.01)


def test_training_takes_three_forward_passes() -> None:
    flops = flops_per_token(preset("750M"), 1024)

    assert flops.training_flops == 3 * flops.forward_flops
    assert training_flops_per_token(preset("750M"), 1024) == flops.training_flops


def test_padding_rows_and_lookups_are_not_multiplied() -> None:
    tied = count_matmul_weights(preset("750M"))
    untied = count_matmul_weights(preset("750M").model_copy(update={"tie_weights": False}))

    assert tied == untied
    assert tied == 50276 * 1280 + 32 * (4 * 1280**2 + 3 * 1280 * 3456)


def _kept_for_backward(model: GPT, n_sequences: int) -> int:
    """Bytes of all storages that autograd keeps, weights and tables included."""
    kept: dict[int, Tensor] = {}

    def note(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        model.hidden(torch.zeros(n_sequences, model.config.block_size, dtype=torch.int64))
    return sum(tensor.untyped_storage().nbytes() for tensor in kept.values())


def _small(config: GPTConfig) -> GPTConfig:
    """The same style of model, small enough to be run."""
    sizes = {"n_layer": 3, "n_head": 2, "n_embd": 64, "block_size": 64, "vocab_size": 61}
    return config.model_copy(update=sizes)


STYLES = {
    **{name: _small(config) for name, config in PRESETS.items() if name in ("gpt2", "tiny", "750M")},
    "tiny-gpt2style": _small(PRESETS["tiny-gpt2style"]),
    "relu": _small(PRESETS["gpt2"]).model_copy(update={"mlp_type": "relu"}),
    "gelu-exact-untied": _small(PRESETS["gpt2"]).model_copy(
        update={"mlp_type": "gelu_exact", "tie_weights": False}
    ),
    "rope-gelu-layernorm": _small(PRESETS["tiny"]).model_copy(
        update={"mlp_type": "gelu", "norm_type": "layernorm"}
    ),
}
every_style = pytest.mark.parametrize("config", STYLES.values(), ids=STYLES)


@every_style
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_estimate_of_activations_is_what_autograd_keeps(config: GPTConfig, dtype: torch.dtype) -> None:
    model = init_weights(GPT(config), 0).train()
    model.compute_dtype = dtype

    memory = training_memory(config, StepLoad(2, 64, dtype.itemsize))

    two_sequences_more = _kept_for_backward(model, 5) - _kept_for_backward(model, 3)
    assert memory.activations_bytes == pytest.approx(two_sequences_more, rel=0.1)


def _peak(model: GPT, n_sequences: int, packing: Packing | None = None) -> int:
    """Bytes of all tensors that live at once in forward and backward, at most."""
    memory = LiveMemory()
    model.zero_grad()
    with memory:
        ids = torch.zeros(n_sequences, model.config.block_size, dtype=torch.int64)
        model.hidden(ids, packing=packing).mean().backward()
    return memory.peak


@every_style
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_estimate_of_activations_is_the_peak_of_what_lives(config: GPTConfig, dtype: torch.dtype) -> None:
    model = init_weights(GPT(config), 0).train()
    model.compute_dtype = dtype

    memory = training_memory(config, StepLoad(8, 64, dtype.itemsize))

    assert memory.activations_bytes == pytest.approx(_peak(model, 16) - _peak(model, 8), rel=0.1)


def test_checkpointing_keeps_products_or_inputs_and_one_block() -> None:
    config, load = preset("750M"), StepLoad(16, 1024, 2)

    none, selective, full = (
        training_memory(config, replace(load, checkpointing=level)) for level in ("none", "selective", "full")
    )

    assert full.activations_bytes < none.activations_bytes / 8
    assert full.activations_bytes < selective.activations_bytes < none.activations_bytes / 1.8
    assert full.weights_bytes == none.weights_bytes


def test_training_holds_sixteen_bytes_a_weight_before_any_activation() -> None:
    memory = training_memory(preset("750M"), StepLoad(0, 1024))

    assert memory.total_bytes - memory.logits_bytes == 16 * count_parameters(preset("750M"))


def test_muon_has_one_moment_of_hidden_matrices_and_adamw_two_of_the_rest() -> None:
    config = preset("750M")

    saved = optimizer_bytes(config, "adamw") - optimizer_bytes(config, "muon")

    assert optimizer_bytes(config, "adamw") == 8 * count_parameters(config)
    assert saved == 4 * 32 * (4 * 1280**2 + 3 * 1280 * 3456)


def test_sharding_divides_what_is_kept_and_gathers_two_blocks_and_the_head() -> None:
    config, load = preset("750M"), StepLoad(2, 1024, 2)

    whole, quarter = training_memory(config, load), training_memory(config, replace(load, n_shards=4))

    assert quarter.weights_bytes * 4 == whole.weights_bytes
    assert quarter.gradients_bytes * 4 == whole.gradients_bytes
    assert quarter.optimizer_bytes * 4 == whole.optimizer_bytes
    assert quarter.activations_bytes == whole.activations_bytes
    assert quarter.cast_weights_bytes == 2 * (50304 * 1280 + 2 * (4 * 1280**2 + 3 * 1280 * 3456))


def test_a_dense_mask_is_kept_by_each_layer_when_it_is_run() -> None:
    config = STYLES["750M"]
    model = init_weights(GPT(config), 0).train()
    rows = np.arange(64)[None].repeat(16, 0) // 20
    packings = {n: pack(rows[:n], "cpu", backend="sdpa") for n in (8, 16)}

    more = _peak(model, 16, packings[16]) - _peak(model, 8, packings[8])

    estimate = training_memory(config, StepLoad(8, 64, dense_mask=True)).activations_bytes
    assert estimate == pytest.approx(more, rel=0.1)


def test_a_dense_mask_costs_each_layer_a_number_for_each_pair() -> None:
    config, load = preset("750M"), StepLoad(3, 1024, 2)

    plain = training_memory(config, load)
    masked = training_memory(config, replace(load, dense_mask=True))

    assert masked.activations_bytes - plain.activations_bytes == 32 * 3 * 1024 * 1024 * 2


def test_the_total_is_the_sum_of_its_parts() -> None:
    memory = training_memory(preset("tiny"), StepLoad(2, 8, 2))

    assert memory.total_bytes == sum(asdict(memory).values())


def test_inference_holds_weights_and_keys_and_values() -> None:
    memory = inference_memory(preset("750M"))

    assert memory.weights_bf16_bytes == 2 * 698_860_800
    assert memory.weights_fp32_bytes == 4 * 698_860_800
    assert memory.cache_bf16_bytes_per_1000_tokens == 1000 * 32 * 2 * 1280 * 2
    assert memory.cache_fp32_bytes_per_1000_tokens == 2 * memory.cache_bf16_bytes_per_1000_tokens
