"""Tests of products in 8 bits, against fp32."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from mypt.model.config import GPTConfig
from mypt.model.float8 import Float8Linear, float8_pays, quantize, use_float8
from mypt.model.gpt import GPT
from mypt.model.linear import Linear
from mypt.model.presets import preset
from tests.model.models import gradients, make_model, random_ids

WIDE = GPTConfig(
    block_size=32, vocab_size=61, vocab_multiple=32, n_layer=2, n_head=2, n_embd=128, dropout=0.0, bias=False,
    pos_encoding="rope", mlp_type="swiglu", norm_type="rmsnorm",
)  # fmt: skip
FORMATS = [torch.float8_e4m3fn, torch.float8_e5m2]

formats = pytest.mark.parametrize("dtype", FORMATS, ids=["e4m3", "e5m2"])


def _layer(*, bias: bool = False) -> Float8Linear:
    layer = Float8Linear(128, 256, bias=bias)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.normal_(0, 0.1, generator=torch.Generator().manual_seed(0))
    return layer.train()


def _written_plainly(layer: Float8Linear, x: Tensor) -> Tensor:
    return F.linear(x, layer.weight, layer.bias)


def _relative_error(found: Tensor | None, expected: Tensor | None) -> float:
    assert found is not None
    assert expected is not None
    error = found.double() - expected.double()
    return float(error.norm() / expected.double().norm())


@formats
@pytest.mark.parametrize("size", [1e-20, 1e-6, 1.0, 1e6, 1e30])
def test_values_keep_their_leading_bits_whatever_their_size(dtype: torch.dtype, size: float) -> None:
    x = torch.randn(64, 64, generator=torch.Generator().manual_seed(0)) * size

    values, inverse_scale = quantize(x, dtype)

    assert values.dtype == dtype
    assert float(values.float().abs().max()) == torch.finfo(dtype).max
    assert _relative_error(values.double() * inverse_scale, x) < torch.finfo(dtype).eps


@formats
def test_zeros_stay_zeros_and_what_is_not_finite_stays_to_be_seen(dtype: torch.dtype) -> None:
    zeros = quantize(torch.zeros(16, 16), dtype)
    broken = quantize(torch.full((16, 16), torch.inf), dtype)

    assert (zeros.values.float() * zeros.inverse_scale).eq(0).all()
    assert not (broken.values.float() * broken.inverse_scale).isfinite().any()


@pytest.mark.parametrize("bias", [False, True])
def test_output_and_gradients_are_those_of_fp32_to_a_few_percent(bias: bool) -> None:  # noqa: FBT001
    layer, x = _layer(bias=bias), torch.randn(2, 32, 128, requires_grad=True)
    direction = torch.randn(2, 32, 256)

    y = layer(x)
    (y * direction).sum().backward()
    found = [y.detach(), x.grad, *gradients_of(layer)]
    x.grad = None
    layer.zero_grad()
    exact = _written_plainly(layer, x)
    (exact * direction).sum().backward()

    expected = [exact.detach(), x.grad, *gradients_of(layer)]
    errors = [_relative_error(got, wanted) for got, wanted in zip(found, expected, strict=True)]
    assert errors[0] < 0.05, "two e4m3 of 3 bits"
    assert max(errors[1:]) < 0.1, "one e5m2 of 2 bits"
    assert min(errors[:3]) > 1e-3, "a product of 8 bits it is"


def gradients_of(layer: Linear) -> list[Tensor | None]:
    return [None if p.grad is None else p.grad.clone() for p in layer.parameters()]


def test_a_product_of_numbers_that_8_bits_hold_is_exact() -> None:
    layer = Float8Linear(128, 128, bias=False).train()
    with torch.no_grad():
        layer.weight.copy_(torch.eye(128) * 3.5)
    x = torch.randint(-7, 8, (16, 128)).float()

    torch.testing.assert_close(layer(x), 3.5 * x, atol=1e-5, rtol=1e-6)


def test_evaluation_is_not_in_8_bits() -> None:
    layer, x = _layer(), torch.randn(16, 128)

    assert torch.equal(layer.train(mode=False)(x), _written_plainly(layer, x))


def test_a_number_of_rows_that_does_not_fit_is_computed_as_usual() -> None:
    layer, x = _layer(), torch.randn(17, 128)

    assert torch.equal(layer(x), _written_plainly(layer, x))
    assert not torch.equal(layer(x[:16]), _written_plainly(layer, x[:16]))


def test_bf16_in_is_bf16_out_with_fp32_gradients() -> None:
    layer, x = _layer(), torch.randn(16, 128, dtype=torch.bfloat16)

    y = layer(x)
    y.float().sum().backward()

    assert y.dtype == torch.bfloat16
    assert layer.weight.grad is not None
    assert layer.weight.grad.dtype == torch.float32


def test_a_frozen_weight_gets_no_gradient() -> None:
    layer, x = _layer(), torch.randn(16, 128, requires_grad=True)
    layer.weight.requires_grad_(False)  # noqa: FBT003

    layer(x).sum().backward()

    assert layer.weight.grad is None
    assert x.grad is not None


def test_a_model_keeps_its_parameters_and_their_names() -> None:
    model = make_model(WIDE)
    before = dict(model.named_parameters())

    n_swapped = use_float8(model)

    assert n_swapped == 4 * WIDE.n_layer
    assert dict(model.named_parameters()).keys() == before.keys()
    assert all(parameter is before[name] for name, parameter in model.named_parameters())
    fused = model.blocks[0].get_submodule("attention.qkv")
    assert isinstance(fused, Float8Linear)
    assert fused.n_parts == 3


def test_small_and_uneven_matrices_stay_as_they_are() -> None:
    small = make_model(WIDE.model_copy(update={"n_embd": 64}))
    uneven = make_model(WIDE.model_copy(update={"n_embd": 136}))

    assert use_float8(small) == 0
    assert use_float8(uneven) == 0


def test_a_model_in_8_bits_has_nearly_the_same_loss_and_gradients() -> None:
    def loss_and_gradients(model: GPT) -> tuple[float, dict[str, Tensor]]:
        ids = random_ids(2, 32)
        loss = F.cross_entropy(model(ids).flatten(0, 1), ids.flatten())
        loss.backward()
        return float(loss.detach()), gradients(model)

    plain, model = make_model(WIDE).train(), make_model(WIDE).train()
    with torch.no_grad():
        for parameter in (*plain.parameters(), *model.parameters()):
            parameter.mul_(0.5 if parameter.dim() == 2 else 1.0)
    use_float8(model)

    (loss, found), (exact, expected) = loss_and_gradients(model), loss_and_gradients(plain)

    assert loss == pytest.approx(exact, rel=0.02)
    for name in expected:
        assert F.cosine_similarity(found[name].flatten(), expected[name].flatten(), dim=0) > 0.95, name


def test_a_model_in_8_bits_learns_as_well() -> None:
    def train(model: GPT) -> float:
        optimizer, ids = torch.optim.AdamW(model.parameters(), lr=2e-3), random_ids(4, 32)
        for _ in range(20):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
            loss.backward()
            optimizer.step()
        return float(loss.detach())

    plain, model = make_model(WIDE).train(), make_model(WIDE).train()
    use_float8(model)
    with torch.no_grad():
        start = float(F.cross_entropy(plain(random_ids(4, 31)).flatten(0, 1), random_ids(4, 31).flatten()))

    exact, found = train(plain), train(model)

    assert exact < start / 2
    assert found == pytest.approx(exact, rel=0.1)


@pytest.mark.parametrize(("name", "pays"), [("150M", False), ("350M", False), ("750M", True), ("1.5B", True)])
def test_it_pays_from_the_750m_shape_on(name: str, pays: bool) -> None:  # noqa: FBT001
    verdict = float8_pays(preset(name))

    assert verdict.pays == pays
    assert "M parameters" in verdict.reason


def test_it_pays_on_gpus_that_have_it_and_for_sides_that_fit() -> None:
    large = preset("1.5B")

    assert float8_pays(large, (9, 0)).pays
    assert float8_pays(large, (8, 9)).pays
    assert float8_pays(large, (8, 0)) == (
        False,
        "a GPU of compute capability 8.0 has no products in 8 bits; 8.9 has",
    )
    uneven = large.model_copy(update={"n_embd": 1608, "n_head": 24})
    assert float8_pays(uneven) == (False, "n_embd=1608 is not a multiple of 16")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_on_a_gpu_output_and_gradients_are_those_of_fp32_to_a_few_percent() -> None:
    if torch.cuda.get_device_capability() < (8, 9):
        pytest.skip("this GPU has no products in 8 bits")
    layer, x = _layer().cuda(), torch.randn(64, 128, device="cuda", dtype=torch.bfloat16, requires_grad=True)

    y = layer(x)
    y.float().square().sum().backward()
    found = [y.detach().float(), *gradients_of(layer)]
    layer.zero_grad()
    exact = _written_plainly(layer, x.float())
    exact.square().sum().backward()

    expected = [exact.detach(), *gradients_of(layer)]
    assert max(_relative_error(got, wanted) for got, wanted in zip(found, expected, strict=True)) < 0.1
