"""The loss is a weighted sum in nats, in fp32, over ids that exist."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mypt.training.device_batch import LOSS_ROWS, to_device
from mypt.training.loss import score_tokens, weighted_nll_sum
from tests.training.models import TINY, make_batch, make_model

CPU = torch.device("cpu")
PADDED = {"vocab_multiple": 8}


def test_the_nll_is_minus_log_softmax_of_the_target() -> None:
    model, batch = make_model(), make_batch(rows=2)

    nll = score_tokens(model, to_device(batch, CPU)).nll

    logits = model(torch.from_numpy(batch.inputs)).log_softmax(-1)
    expected = -logits.gather(2, torch.from_numpy(batch.targets)[..., None]).flatten()
    assert torch.allclose(nll, expected, atol=1e-6)


def test_a_fresh_model_knows_nothing() -> None:
    nll = score_tokens(make_model(), to_device(make_batch(rows=16), CPU)).nll

    assert float(nll.mean()) == pytest.approx(np.log(TINY.vocab_size), abs=0.05)


def test_weights_scale_each_target() -> None:
    weights = np.zeros((1, 8), dtype=np.float32)
    weights[0, 3], weights[0, 5] = 1.0, 2.0
    model, batch = make_model(), make_batch(rows=1, weights=weights)

    total = weighted_nll_sum(model, to_device(batch, CPU)).detach()

    nll = score_tokens(model, to_device(batch, CPU)).nll
    assert float(total) == pytest.approx(float(nll[3] + 2 * nll[5]), rel=1e-6)


def test_hits_are_counted_where_asked_and_only_what_counts_is_scored() -> None:
    weights = np.zeros((2, 8), dtype=np.float32)
    weights[0, 3], weights[1, 5] = 1.0, 2.0
    model, batch = make_model(), make_batch(rows=2, weights=weights)
    batch.targets[0, 3] = model(torch.from_numpy(batch.inputs)).argmax(-1)[0, 3]

    scores = score_tokens(model, to_device(batch, CPU), counts_hits=True)

    assert score_tokens(model, to_device(batch, CPU)).is_hit is None
    assert scores.is_hit is not None
    assert scores.is_hit.nonzero().flatten().tolist() == [3]
    assert scores.nll.nonzero().flatten().tolist() == [3, 13]


@pytest.mark.parametrize(
    "head", [{}, {"tie_weights": False}, {"head_bias": True}], ids=["tied", "untied", "with bias"]
)
def test_chunks_give_the_gradients_of_the_plain_loss(
    monkeypatch: pytest.MonkeyPatch, head: dict[str, bool]
) -> None:
    monkeypatch.setitem(LOSS_ROWS, "cpu", 5)
    monkeypatch.setattr("mypt.training.loss._SLICE", 2 * 16)
    weights = np.random.default_rng(2).choice([0.0, 0.5, 1.0, 2.0], (3, 8)).astype(np.float32)
    batch = to_device(make_batch(rows=3, weights=weights), CPU)
    every_weight = torch.from_numpy(weights).flatten()
    # Rows 13 to 15 of the embedding are padding.
    chunked, plain = (make_model(TINY.model_copy(update=PADDED | head)) for _ in range(2))

    total = weighted_nll_sum(chunked, batch)
    (total * 0.25).backward()

    nll = F.cross_entropy(plain(batch.inputs).flatten(0, 1), batch.targets.flatten(), reduction="none")
    expected = torch.dot(nll, every_weight)
    (expected * 0.25).backward()
    assert float(total.detach()) == pytest.approx(float(expected.detach()), rel=1e-6)
    for (name, ours), theirs in zip(chunked.named_parameters(), plain.parameters(), strict=True):
        assert ours.grad is not None
        assert theirs.grad is not None
        assert torch.allclose(ours.grad, theirs.grad, atol=1e-6, rtol=1e-4), name


def test_padding_rows_of_the_head_get_no_gradient() -> None:
    model = make_model(TINY.model_copy(update=PADDED | {"tie_weights": False}))

    weighted_nll_sum(model, to_device(make_batch(rows=2), CPU)).backward()

    assert model.head_weight.shape[0] == 16
    gradient = model.head_weight.grad
    assert gradient is not None
    assert not gradient[13:].any()
    assert gradient[:13].any()


def test_a_model_that_computes_in_bf16_still_reports_fp32() -> None:
    model = make_model()
    model.compute_dtype = torch.bfloat16

    assert score_tokens(model, to_device(make_batch(rows=1), CPU)).nll.dtype == torch.float32


def test_a_scale_multiplies_the_sum() -> None:
    model, batch = make_model(), to_device(make_batch(rows=2), CPU)

    scaled, plain = (weighted_nll_sum(model, batch, scale) for scale in (0.125, 1.0))

    assert float(scaled.detach()) == pytest.approx(0.125 * float(plain.detach()), rel=1e-6)
