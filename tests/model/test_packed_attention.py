"""Packed equals each document alone: logits and gradients, for every kernel that this machine has."""

from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT
from mypt.model.packed_attention import attend, has_varlen
from mypt.model.packing import Backend, pack
from tests.model.models import BOTH, MODERN, gradients, make_model, random_ids

SEGMENTS = np.array([[5] * 9 + [2] * 4 + [8] + [3] * 10, [0] * 24, [1] * 12 + [0] * 12])
CUDA = torch.device("cuda")

both_styles = pytest.mark.parametrize("config", BOTH, ids=["modern", "gpt2-style"])
cpu_backends = pytest.mark.parametrize("backend", ["split", "sdpa"])
gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
eager_flex = pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile")


def _documents(segments: np.ndarray) -> list[tuple[int, slice]]:
    """Return the row and the place of each segment."""
    found = []
    for row, numbers in enumerate(segments):
        cuts = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(numbers)]
        found += [(row, slice(start, end)) for start, end in pairwise(cuts)]
    return found


def _packed(model: GPT, ids: Tensor, backend: Backend, segments: np.ndarray = SEGMENTS) -> Tensor:
    packing = pack(segments, ids.device, backend=backend, dtype=model.compute_dtype)
    return model.head(model.hidden(ids, packing=packing))


def _alone(model: GPT, ids: Tensor, segments: np.ndarray = SEGMENTS) -> Tensor:
    parts = [model(ids[row : row + 1, place])[0] for row, place in _documents(segments)]
    return torch.cat(parts).view(*ids.shape, -1)


def _compare(model: GPT, ids: Tensor, backend: Backend, segments: np.ndarray = SEGMENTS) -> list[Tensor]:
    """Return the largest differences of logits and of gradients, relative to the largest value."""
    direction = torch.randn(*ids.shape, 61, generator=torch.Generator().manual_seed(2)).to(ids.device)
    packed = _packed(model, ids, backend, segments)
    (packed * direction).sum().backward()
    packed_gradients = gradients(model)
    model.zero_grad()
    alone = _alone(model, ids, segments)
    (alone * direction).sum().backward()
    pairs = [(packed, alone), *((packed_gradients[name], g) for name, g in gradients(model).items())]
    return [(got - wanted).abs().max() / wanted.abs().max() for got, wanted in pairs]


@cpu_backends
@both_styles
def test_packed_equals_each_document_alone(config: GPTConfig, backend: Backend) -> None:
    differences = _compare(make_model(config), random_ids(3, 24), backend)

    assert max(differences) < 1e-5


@cpu_backends
@both_styles
def test_positions_that_do_not_restart_would_be_noticed(config: GPTConfig, backend: Backend) -> None:
    model, ids = make_model(config).eval(), random_ids(3, 24)
    packing = pack(SEGMENTS, ids.device, backend=backend)
    one_segment = pack(SEGMENTS * 0, ids.device, backend=backend)

    went_on = model.head(model.hidden(ids, packing=packing, positions=one_segment.positions))
    saw_all = model.head(model.hidden(ids, packing=one_segment, positions=packing.positions))

    alone = _alone(model, ids)
    assert not torch.allclose(saw_all, alone, atol=1e-2)
    is_rope = config.pos_encoding == "rope"  # turned by distance alone, so a shift does not show
    assert torch.allclose(went_on, alone, atol=1e-4) == is_rope


@eager_flex
@both_styles
def test_flex_equals_each_document_alone_without_a_way_back_on_a_cpu(config: GPTConfig) -> None:
    model, ids = make_model(config).eval(), random_ids(3, 24)

    with torch.no_grad():
        packed = _packed(model, ids, "flex")

        torch.testing.assert_close(packed, _alone(model, ids), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("backend", ["split", "sdpa", pytest.param("flex", marks=eager_flex)])
def test_nothing_at_all_crosses_from_segment_to_segment(backend: Backend) -> None:
    model, ids = make_model(MODERN).eval(), random_ids(3, 24)
    changed = ids.clone()
    changed[0, :9] = (changed[0, :9] + 1) % 61

    with torch.no_grad():
        before, after = (_packed(model, x, backend) for x in (ids, changed))

    assert torch.equal(after[0, 9:], before[0, 9:])
    assert torch.equal(after[1:], before[1:])
    assert not torch.allclose(after[0, :9], before[0, :9], atol=1e-2)


@cpu_backends
def test_no_gradient_crosses_either(backend: Backend) -> None:
    q, k, v = (torch.randn(3, 2, 24, 8, requires_grad=True) for _ in range(3))

    attend(q, k, v, pack(SEGMENTS, "cpu", backend=backend).mask)[0, :, 9:13].sum().backward()

    for x in (q, k, v):
        assert x.grad is not None
        others = [x.grad[0, :, :9], x.grad[0, :, 13:], x.grad[1:]]
        assert all(gradient.eq(0).all() for gradient in others)
    assert v.grad is not None
    assert v.grad[0, :, 9:13].ne(0).all()


def test_without_a_mask_attention_is_causal_and_a_lone_query_sees_all_keys() -> None:
    q, k, v = (torch.randn(1, 2, 6, 8) for _ in range(3))
    causal = torch.ones(6, 6, dtype=torch.bool).tril()

    whole = F.scaled_dot_product_attention(q, k, v, attn_mask=causal)

    torch.testing.assert_close(attend(q, k, v), whole)
    torch.testing.assert_close(attend(q[:, :, -1:], k, v), whole[:, :, -1:])


def test_a_cpu_has_no_kernel_for_varying_lengths() -> None:
    assert not has_varlen(torch.device("cpu"), torch.bfloat16)


@pytest.mark.gpu
@gpu
@pytest.mark.parametrize("backend", ["varlen", "flex", "sdpa"])
@both_styles
def test_on_a_gpu_packed_equals_each_document_alone(config: GPTConfig, backend: Backend) -> None:
    model = make_model(config.model_copy(update={"n_embd": 128, "block_size": 256})).to(CUDA)
    model.compute_dtype = torch.bfloat16
    cuts = [0, 40, 41, 130, 256]
    segments = np.stack([np.repeat(range(4), np.diff(cuts)), np.zeros(256, dtype=int)])

    differences = _compare(model, random_ids(2, 256).to(CUDA), backend, segments)

    assert max(differences) < 4e-2  # bf16 has 8 bits


@pytest.mark.gpu
@gpu
@pytest.mark.parametrize("backend", ["varlen", "flex"])
def test_on_a_gpu_nothing_at_all_crosses(backend: Backend) -> None:
    q, k, v = (torch.randn(1, 2, 256, 64, device=CUDA, dtype=torch.bfloat16) for _ in range(3))
    packing = pack(np.arange(256)[None] // 100, CUDA, backend=backend, dtype=torch.bfloat16)
    changed = v.clone()
    changed[:, :, :100] += 1

    before, after = attend(q, k, v, packing.mask), attend(q, k, changed, packing.mask)

    assert torch.equal(after[:, :, 100:], before[:, :, 100:])
    assert not torch.equal(after[:, :, :100], before[:, :, :100])


@pytest.mark.gpu
@gpu
def test_varlen_takes_the_flash_kernel() -> None:
    q = torch.randn(1, 2, 256, 64, device=CUDA, dtype=torch.bfloat16)
    packing = pack(np.arange(256)[None] // 100, CUDA, dtype=torch.bfloat16)

    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profile:
        attend(q, q, q, packing.mask)

    assert any("flash" in event.key.lower() for event in profile.key_averages())
