"""The ten verification points of the architecture, each tested for what it says."""

import math
from itertools import pairwise
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from mypt.model.checkpoint import load_model, save_model
from mypt.model.config import GPTConfig
from mypt.model.feed_forward import SwiGLU
from mypt.model.gpt import GPT
from mypt.model.init_weights import init_weights
from mypt.model.kv_cache import KVCache
from mypt.model.norms import LayerNorm, RMSNorm
from mypt.model.positions import LearnedPositions, RotaryPositions, rotate
from mypt.model.presets import preset
from mypt.model.size import count_parameters
from tests.model.models import BOTH, MODERN, gradients, make_model, random_ids

both_styles = pytest.mark.parametrize("config", BOTH, ids=["modern", "gpt2-style"])


def test_point_1_rope_turns_alike_with_shared_and_per_sample_positions() -> None:
    rope, qk = RotaryPositions(MODERN), torch.randn(3, 5, 2, 2, 16)

    shared = rotate(qk, rope.rotation(torch.arange(5)[None]))
    per_sample = rotate(qk, rope.rotation(torch.arange(5).expand(3, 5)))

    assert torch.equal(shared, per_sample)
    assert (rope.cos.shape, rope.sin.shape) == ((24, 16), (24, 16))


def test_point_2_rms_norm_gives_a_root_mean_square_of_one() -> None:
    y = RMSNorm(MODERN)(torch.randn(4, 6, 32) * 50)

    torch.testing.assert_close(y.square().mean(-1).sqrt(), torch.ones(4, 6), atol=1e-4, rtol=0)


def test_point_3_swiglu_is_its_formula() -> None:
    mlp, x = make_model(MODERN).blocks[0].get_submodule("mlp"), torch.randn(2, 3, 32)
    assert isinstance(mlp, SwiGLU)

    gate, up = mlp.gate_up.weight[:128], mlp.gate_up.weight[128:]
    expected = (F.silu(x @ gate.T) * (x @ up.T)) @ mlp.down.weight.T

    assert mlp.down.weight.shape == (32, 128)  # 8/3 x 32 = 85.3, rounded up to 64
    torch.testing.assert_close(mlp(x), expected, atol=1e-5, rtol=1e-5)


def test_point_4_the_750m_model_has_698_860_800_weights_and_no_position_table() -> None:
    with torch.device("meta"):
        model = GPT(preset("750M"))

    modules = {type(module) for module in model.modules()}
    assert sum(parameter.numel() for parameter in model.parameters()) == 698_860_800
    assert {RMSNorm, SwiGLU, RotaryPositions} <= modules
    assert not {LayerNorm, LearnedPositions} & modules
    shapes = {name: tuple(buffer.shape) for name, buffer in model.named_buffers()}
    assert shapes == {"position_encoding.cos": (1024, 64), "position_encoding.sin": (1024, 64)}


@both_styles
def test_point_5_a_fresh_model_knows_nothing_yet(config: GPTConfig) -> None:
    model, ids = init_weights(GPT(config), seed=0), random_ids(4, 25)

    logits = model(ids[:, :-1])
    loss = F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())

    assert logits.shape == (4, 24, 61)
    assert loss.item() == pytest.approx(math.log(61), abs=0.1)


def _segment_bounds(segments: Tensor) -> list[tuple[int, int]]:
    changes = [i for i in range(1, len(segments)) if segments[i] != segments[i - 1]]
    return list(pairwise([0, *changes, len(segments)]))


@both_styles
@pytest.mark.parametrize("segments", [[5] * 9 + [2] * 4 + [8] + [3] * 10, [0] * 12 + [1] * 12])
def test_point_6_packed_segments_are_computed_as_if_alone(config: GPTConfig, segments: list[int]) -> None:
    model, ids = make_model(config), random_ids(1, 24)
    ids_of = torch.tensor([segments])
    direction = torch.randn(1, 24, 61)

    packed = model(ids, segments=ids_of)
    (packed * direction).sum().backward()
    packed_gradients = gradients(model)
    model.zero_grad()
    parts = [slice(start, end) for start, end in _segment_bounds(ids_of[0])]
    alone = torch.cat([model(ids[:, part]) for part in parts], dim=1)
    (alone * direction).sum().backward()

    torch.testing.assert_close(packed, alone, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(packed_gradients, gradients(model), atol=1e-3, rtol=1e-4)


@both_styles
def test_point_7_micro_batches_add_up_to_the_big_batch_and_training_learns(config: GPTConfig) -> None:
    model, ids = init_weights(GPT(config), seed=0), random_ids(6, 17)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    n_targets, losses = 6 * 16, []

    def nll(rows: Tensor) -> Tensor:
        return F.cross_entropy(model(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten(), reduction="sum")

    (nll(ids) / n_targets).backward()
    whole = gradients(model)
    for _ in range(3):
        optimizer.zero_grad()
        losses.append(0.0)
        for rows in ids.split([1, 2, 3]):
            share = nll(rows) / n_targets
            share.backward()
            losses[-1] += share.item()
        if len(losses) == 1:
            torch.testing.assert_close(gradients(model), whole, atol=1e-6, rtol=1e-4)
        optimizer.step()

    assert losses[0] > losses[1] > losses[2]


@both_styles
def test_point_8_a_saved_model_comes_back_to_the_bit(config: GPTConfig, tmp_path: Path) -> None:
    model, ids = make_model(config).eval(), random_ids(2, 24)

    save_model(tmp_path, model)
    loaded = load_model(tmp_path)

    assert all(torch.equal(loaded.state_dict()[name], tensor) for name, tensor in model.state_dict().items())
    assert torch.equal(loaded(ids), model(ids))


@both_styles
@pytest.mark.parametrize("lengths", [[7], [7, 7], [9, 1, 5]], ids=["one", "even", "ragged"])
def test_point_9_cached_logits_equal_uncached_ones(config: GPTConfig, lengths: list[int]) -> None:
    model, ids = make_model(config).eval(), random_ids(len(lengths), 24)
    cache = KVCache.create(config, batch=len(lengths), capacity=24)

    with torch.no_grad():
        whole = [model(row[None]) for row in ids]
        prefilled = model(ids[:, : max(lengths)], cache=cache)  # rows are right-padded by what comes later
        cache.advance(lengths)
        for row, length in enumerate(lengths):
            expected = whole[row][0, :length]
            torch.testing.assert_close(prefilled[row, :length], expected, atol=1e-5, rtol=1e-5)
        for step in range(24 - max(lengths)):
            column = torch.stack([ids[row, length + step] for row, length in enumerate(lengths)])
            decoded = model(column[:, None], cache=cache)
            cache.advance(1)
            for row, length in enumerate(lengths):
                expected = whole[row][0, length + step]
                torch.testing.assert_close(decoded[row, 0], expected, atol=1e-5, rtol=1e-5)


def test_point_10_the_defaults_are_gpt2() -> None:
    with torch.device("meta"):
        model = GPT(GPTConfig())

    modules = {type(module).__name__ for module in model.modules()}
    assert {"LearnedPositions", "LayerNorm", "PlainMLP"} <= modules
    assert not {"RotaryPositions", "RMSNorm", "SwiGLU"} & modules
    assert count_parameters(GPTConfig()) == 124_439_808
