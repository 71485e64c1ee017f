"""Tests of the table of learned rows."""

import torch

from mypt.model.embedding import Embedding


def test_each_id_gets_its_row() -> None:
    table = Embedding(4, 3)
    with torch.no_grad():
        table.weight.copy_(torch.arange(12.0).view(4, 3))

    rows = table(torch.tensor([[2, 0]]), torch.float32)

    assert rows.tolist() == [[[6.0, 7.0, 8.0], [0.0, 1.0, 2.0]]]


def test_rows_come_in_the_compute_dtype_and_gradients_add_up_in_fp32() -> None:
    table = Embedding(4, 3)

    rows = table(torch.tensor([1] * 301), torch.bfloat16)
    rows.float().sum().backward()

    assert rows.dtype == torch.bfloat16
    assert table.weight.grad is not None
    assert table.weight.grad.tolist() == [[0.0] * 3, [301.0] * 3, [0.0] * 3, [0.0] * 3]


def test_building_it_draws_no_random_numbers() -> None:
    before = torch.get_rng_state()

    Embedding(4, 3)

    assert torch.equal(torch.get_rng_state(), before)
