"""Tests of compiled training: the same numbers, one compilation, and names that stay."""

import copy
from collections.abc import Iterator
from functools import partial
from typing import get_args

import jaxtyping
import numpy as np
import pytest
import torch
from torch import Tensor
from torch._dynamo.utils import counters

from mypt.model.activation_checkpointing import ActivationCheckpointing
from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT
from mypt.model.packing import Backend, Packing, pack
from mypt.training.compilation import CompileMode, compile_model, resolve_compile
from tests.training.models import make_model

CONFIG = GPTConfig(
    n_layer=3, n_head=2, n_embd=32, block_size=32, vocab_size=61, dropout=0.0, pos_encoding="rope",
    norm_type="rmsnorm", mlp_type="swiglu", bias=False,
)  # fmt: skip

pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")
modes = pytest.mark.parametrize("mode", ["block", "full"])
gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


@pytest.fixture(autouse=True)
def fresh_compiler() -> Iterator[None]:
    """Start from nothing compiled, and with checks of shapes that the compiler cannot read turned off."""
    torch._dynamo.reset()
    counters.clear()
    jaxtyping.config.update("jaxtyping_disable", True)  # noqa: FBT003
    yield
    jaxtyping.config.update("jaxtyping_disable", False)  # noqa: FBT003
    torch._dynamo.reset()


@pytest.fixture
def traced_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trace as for a real compilation, but run the traced operations one by one: seconds, not minutes."""
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="aot_eager"))


def _packing(seed: int, device: str = "cpu", backend: Backend = "sdpa", time: int = 32) -> Packing:
    cuts = np.sort(np.random.default_rng(seed).integers(1, time, size=seed + 2))
    row = np.searchsorted(cuts, np.arange(time), side="right")
    dtype = torch.float32 if device == "cpu" else torch.bfloat16
    return pack(np.stack([row, row // 2]), device, backend=backend, dtype=dtype)


def _ids(time: int = 32) -> Tensor:
    return torch.randint(61, (2, time), generator=torch.Generator().manual_seed(0))


def _step(model: GPT, packing: Packing | None, ids: Tensor | None = None) -> list[Tensor]:
    """Return hidden states and gradients."""
    model.zero_grad()
    hidden = model.hidden(_ids() if ids is None else ids, packing=packing)
    hidden.square().sum().backward()
    return [hidden.detach(), *(p.grad.clone() for p in model.parameters() if p.grad is not None)]


def _assert_near(found: list[Tensor], expected: list[Tensor]) -> None:
    for got, wanted in zip(found, expected, strict=True):
        torch.testing.assert_close(got, wanted, atol=1e-4 * float(wanted.abs().max()), rtol=1e-3)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the compiler's own
def test_a_compiled_block_computes_what_is_written() -> None:
    written, compiled = make_model(CONFIG).train(), make_model(CONFIG).train()
    compile_model(compiled, "block")
    packing = _packing(1)

    found, expected = _step(compiled, packing), _step(written, packing)

    torch.testing.assert_close(found[0], expected[0], atol=1e-5, rtol=1e-5)
    _assert_near(found, expected)


@pytest.mark.usefixtures("traced_only")
@pytest.mark.parametrize("activations", get_args(ActivationCheckpointing))
@modes
def test_nothing_is_compiled_again_when_segment_lengths_change(
    mode: CompileMode, activations: ActivationCheckpointing
) -> None:
    written, compiled = make_model(CONFIG).train(), make_model(CONFIG).train()
    compiled.activation_checkpointing = activations
    compile_model(compiled, mode)

    for seed in range(4):
        _assert_near(_step(compiled, _packing(seed)), _step(written, _packing(seed)))

    assert counters["stats"]["unique_graphs"] == 1, "one for all blocks and all segments"
    assert not counters["graph_break"]


@pytest.mark.usefixtures("traced_only")
@modes
def test_validation_and_generation_run_as_written(mode: CompileMode) -> None:
    model = make_model(CONFIG)
    compile_model(model, mode)

    model.eval()(_ids(7))
    with torch.no_grad():
        model.train()(_ids(9))

    assert counters["stats"]["unique_graphs"] == 0


@pytest.mark.usefixtures("traced_only")
@modes
def test_names_of_parameters_stay_and_a_copy_has_its_own_weights(mode: CompileMode) -> None:
    model = make_model(CONFIG).train()
    names = list(model.state_dict())
    compile_model(model, mode)

    twin = copy.deepcopy(model)
    with torch.no_grad():
        twin.token_embedding.weight.zero_()
        twin.blocks[0].get_parameter("mlp.down.weight").zero_()

    assert list(model.state_dict()) == names == list(twin.state_dict())
    assert not torch.equal(_step(twin, None)[0], _step(model, None)[0])
    assert torch.equal(_step(model, None)[0], _step(copy.deepcopy(model), None)[0])


def test_off_compiles_nothing() -> None:
    model = make_model(CONFIG).train()
    compile_model(model, "off")

    _step(model, None)

    assert counters["stats"]["unique_graphs"] == 0


def test_auto_compiles_blocks_on_a_gpu_only() -> None:
    assert resolve_compile("auto", torch.device("cpu")) == "off"
    assert resolve_compile("auto", torch.device("cuda")) == "block"
    assert resolve_compile("full", torch.device("cpu")) == "full"


@pytest.mark.gpu
@gpu
@pytest.mark.parametrize("backend", ["varlen", "flex"])
@modes
def test_on_a_gpu_packed_kernels_are_compiled_once(mode: CompileMode, backend: Backend) -> None:
    config = CONFIG.model_copy(update={"n_embd": 128, "block_size": 512})
    written, compiled = make_model(config).cuda().train(), make_model(config).cuda().train()
    written.compute_dtype = compiled.compute_dtype = torch.bfloat16
    compile_model(compiled, mode)
    ids = _ids(512).cuda()

    for seed in range(4):
        packing = _packing(seed, "cuda", backend, 512)
        found, expected = _step(compiled, packing, ids)[0], _step(written, packing, ids)[0]
        torch.testing.assert_close(found, expected, atol=0.1, rtol=0.05)

    assert counters["stats"]["unique_graphs"] == 1
    assert not counters["graph_break"]
