"""Bits per byte on fixed windows."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from mypt.dataset.token_shards import ShardWriter, TokenShards
from mypt.training.validation import Validation
from tests.training.models import TINY, make_model

IDS = np.random.default_rng(0).integers(0, TINY.vocab_size, 8 * 10 + 1).tolist()


@pytest.fixture
def shards(tmp_path: Path) -> TokenShards:
    ShardWriter(tmp_path, "val", "uint16", 1000).append(IDS)
    return TokenShards.open(tmp_path, "val", "uint16", TINY.block_size)


def test_bits_per_byte_divide_by_the_bytes_of_the_targets(shards: TokenShards) -> None:
    token_bytes = np.arange(TINY.vocab_size, dtype=np.int64) % 4  # some ids are no text
    model = make_model()

    report = Validation(shards, windows=99, batch_size=3, token_bytes=token_bytes).run(model, step=7)

    rows = torch.tensor(IDS[:-1]).view(10, 8)
    targets = torch.tensor(IDS[1:])
    logits = model(rows).detach().flatten(0, 1)
    nll = torch.nn.functional.cross_entropy(logits, targets, reduction="none")
    is_text = torch.from_numpy(token_bytes)[targets] > 0
    n_bytes = int(token_bytes[IDS[1:]].sum())
    assert report.step == 7
    assert (report.n_tokens, report.n_bytes) == (int(is_text.sum()), n_bytes)
    assert report.bits_per_byte == pytest.approx(float(nll[is_text].sum()) / math.log(2) / n_bytes, rel=1e-5)


def test_the_batch_size_does_not_change_the_result(shards: TokenShards) -> None:
    token_bytes = np.ones(TINY.vocab_size, dtype=np.int64)
    reports = [Validation(shards, 7, size, token_bytes).run(make_model(), 0) for size in (1, 7)]

    assert reports[0].bits_per_byte == pytest.approx(reports[1].bits_per_byte, rel=1e-6)


def test_validation_leaves_training_mode_and_random_state_alone(shards: TokenShards) -> None:
    model = make_model(TINY.model_copy(update={"dropout": 0.5}))
    model.train()
    state = torch.get_rng_state()
    validation = Validation(shards, 4, 2, np.ones(TINY.vocab_size, dtype=np.int64))

    first, second = validation.run(model, 0), validation.run(model, 0)

    assert first == second
    assert model.training
    assert torch.equal(torch.get_rng_state(), state)
