"""Tests of learned and rotary positions."""

from typing import get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mypt.model.config import GPTConfig, PosEncoding
from mypt.model.positions import POSITIONS, LearnedPositions, RotaryPositions, rotary_tables, rotate

CONFIG = GPTConfig(n_embd=16, n_head=2, block_size=64, pos_encoding="rope")


def _rotate_at(x: Tensor, position: int) -> Tensor:
    rotation = RotaryPositions(CONFIG).rotation(torch.tensor([[position]]))
    return rotate(x.view(1, 1, 1, 1, 8), rotation).flatten()


def test_the_table_has_every_encoding() -> None:
    assert set(POSITIONS) == set(get_args(PosEncoding))


def test_learned_positions_add_the_row_of_each_position() -> None:
    learned, x = LearnedPositions(CONFIG), torch.randn(1, 2, 16)
    with torch.no_grad():
        learned.table.weight.normal_()

    y = learned.add_to(x, torch.tensor([[5, 0]]))

    torch.testing.assert_close(y, x + learned.table.weight[[5, 0]])


def test_rotary_positions_leave_embeddings_alone_and_hold_no_weights() -> None:
    rotary, x = RotaryPositions(CONFIG), torch.randn(1, 2, 16)

    assert rotary.add_to(x, torch.tensor([[5, 0]])) is x
    assert list(rotary.parameters()) == []
    assert dict(rotary.state_dict()) == {}


def test_the_first_position_is_not_turned() -> None:
    x = torch.randn(8)

    assert torch.equal(_rotate_at(x, 0), x)


def test_value_i_is_turned_together_with_its_partner_in_the_other_half() -> None:
    x = torch.zeros(8)
    x[1] = 1.0  # the pair (1, 5), of frequency theta^(-2/8)

    y = _rotate_at(x, 3)

    angle = torch.tensor(3 * 10000.0 ** (-2 / 8))
    expected = torch.zeros(8)
    expected[1], expected[5] = angle.cos(), angle.sin()
    torch.testing.assert_close(y, expected)


@given(query=st.integers(0, 31), key=st.integers(0, 31), shift=st.integers(0, 32))
def test_scores_depend_on_the_distance_alone(query: int, key: int, shift: int) -> None:
    q, k = torch.linspace(-1, 2, 8), torch.linspace(1, -3, 8)

    score = _rotate_at(q, query) @ _rotate_at(k, key)
    shifted = _rotate_at(q, query + shift) @ _rotate_at(k, key + shift)

    torch.testing.assert_close(score, shifted, atol=1e-4, rtol=1e-5)


def test_late_positions_keep_exact_angles() -> None:
    cos, sin = rotary_tables(8192, 8, 10000.0)

    angle = torch.tensor(8191.0, dtype=torch.float64)
    assert cos[8191, 0].item() == pytest.approx(angle.cos().item(), abs=1e-6)
    assert sin[8191, 4].item() == pytest.approx(angle.sin().item(), abs=1e-6)
    assert sin[8191, 0].item() == -sin[8191, 4].item()


def test_a_scale_reads_later_positions_as_earlier_ones() -> None:
    plain, scaled = rotary_tables(8, 8, 10000.0), rotary_tables(32, 8, 10000.0, scale=4.0)

    torch.testing.assert_close(scaled[0][::4], plain[0], atol=0, rtol=0)
    torch.testing.assert_close(scaled[1][::4], plain[1], atol=0, rtol=0)


def test_the_scale_of_the_config_reaches_the_tables() -> None:
    scaled = RotaryPositions(CONFIG.model_copy(update={"rope_scale": 2.0}))

    assert torch.equal(scaled.cos[10], RotaryPositions(CONFIG).cos[5])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_tables_stay_fp32_when_the_model_is_cast(dtype: torch.dtype) -> None:
    rotary = RotaryPositions(CONFIG)
    cos = rotary.cos.clone()

    rotary.to(dtype)

    assert rotary.cos.dtype == torch.float32
    assert torch.equal(rotary.cos, cos)


def test_tables_are_filled_when_a_model_leaves_the_meta_device() -> None:
    with torch.device("meta"):
        rotary = RotaryPositions(CONFIG)

    moved = rotary.to_empty(device="cpu")

    assert torch.equal(moved.sin, RotaryPositions(CONFIG).sin)


def test_bf16_queries_are_turned_in_fp32() -> None:
    x = torch.randn(1, 2, 2, 2, 8).bfloat16()
    rotation = RotaryPositions(CONFIG).rotation(torch.tensor([[40, 41]]))

    assert torch.equal(rotate(x, rotation), rotate(x.float(), rotation).bfloat16())
