"""One optimizer step: accumulation, clipping, precision, randomness."""

import numpy as np
import pytest
import torch

from mypt.dataset.batch import Batch
from mypt.errors import TrainingError
from mypt.training.guard import VERDICTS
from mypt.training.recipe import TrainingConfig
from mypt.training.state import state_tensors
from mypt.training.step import Stepper
from tests.training.models import TINY, make_batch, make_stepper, on_cpu, part

TRAINING = TrainingConfig(steps=10, learning_rate=1e-2, grad_clip=1.0)


def gradients(stepper: Stepper) -> dict[str, torch.Tensor]:
    return {name: p.grad.clone() for name, p in stepper.model.named_parameters() if p.grad is not None}


def accumulated(batches: list[Batch], **changes: object) -> tuple[float, dict[str, torch.Tensor]]:
    stepper = make_stepper(TRAINING, TINY.model_copy(update=changes))
    loss = stepper.accumulate(0, on_cpu(*batches))
    return float(loss), gradients(stepper)


def test_gradients_of_micro_batches_equal_the_big_batchs() -> None:
    batch = make_batch(rows=6)

    big_loss, big = accumulated([batch])
    small_loss, small = accumulated([part(batch, slice(0, 1)), part(batch, slice(1, 6))])

    assert small_loss == pytest.approx(big_loss, rel=1e-6)
    for name in big:
        assert torch.allclose(small[name], big[name], atol=1e-7, rtol=1e-5), name


def test_uneven_weights_do_not_change_that() -> None:
    weights = np.random.default_rng(1).uniform(0, 2, (4, 8)).astype(np.float32)
    weights[0] = 0.0  # one micro-batch with almost nothing to learn
    weights[0, 2] = 0.5
    batch = make_batch(rows=4, weights=weights)

    big_loss, big = accumulated([batch])
    small_loss, small = accumulated([part(batch, slice(0, 1)), part(batch, slice(1, 4))])

    assert small_loss == pytest.approx(big_loss, rel=1e-6)
    for name in big:
        assert torch.allclose(small[name], big[name], atol=1e-7, rtol=1e-5), name


def test_activation_checkpointing_gives_the_same_gradients_with_dropout() -> None:
    batch = make_batch(rows=3)
    plain, checkpointed = (make_stepper(TRAINING, TINY.model_copy(update={"dropout": 0.3})) for _ in range(2))
    checkpointed.model.activation_checkpointing = "full"

    plain.accumulate(0, on_cpu(batch))
    checkpointed.accumulate(0, on_cpu(batch))

    expected = gradients(plain)
    for name, gradient in gradients(checkpointed).items():
        assert torch.equal(gradient, expected[name]), name


def test_dropout_is_a_function_of_the_step_and_not_of_what_was_drawn_before() -> None:
    batch = make_batch(rows=3)
    first, second = (make_stepper(TRAINING, TINY.model_copy(update={"dropout": 0.3})) for _ in range(2))
    torch.rand(1000)
    loss = float(first.accumulate(4, on_cpu(batch)))
    torch.rand(7)

    assert float(second.accumulate(4, on_cpu(batch))) == loss
    assert float(second.accumulate(5, on_cpu(batch))) != loss


def test_the_gradient_is_clipped_and_its_length_reported() -> None:
    free = make_stepper(TRAINING.model_copy(update={"grad_clip": 0.0}))
    clipped = make_stepper(TRAINING.model_copy(update={"grad_clip": 1e-3}))

    norm = float(free.take(0, on_cpu(make_batch(rows=2))).grad_norm)
    reported = float(clipped.take(0, on_cpu(make_batch(rows=2))).grad_norm)

    length = torch.cat([gradient.flatten() for gradient in gradients(clipped).values()]).norm()
    assert reported == pytest.approx(norm, rel=1e-6)
    assert float(length) == pytest.approx(1e-3, rel=1e-3)


@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
def test_the_loss_falls_in_every_precision(precision: str) -> None:
    stepper = make_stepper(TRAINING, precision=precision)
    batch = make_batch(rows=4)

    losses = [float(stepper.take(step, on_cpu(batch)).loss) for step in range(30)]

    assert losses[-1] < 0.6 * losses[0]
    assert all(parameter.dtype == torch.float32 for parameter in stepper.model.parameters())


def test_fp16_skips_a_step_whose_gradients_overflow_and_lowers_its_scale() -> None:
    stepper = make_stepper(TRAINING, precision="fp16")
    stepper.scaler = torch.amp.GradScaler("cpu", init_scale=2.0**40)
    before = {name: parameter.clone() for name, parameter in stepper.model.named_parameters()}

    result = stepper.take(0, on_cpu(make_batch(rows=2)))

    assert VERDICTS[int(result.verdict)] == "overflow"
    assert stepper.scaler.get_scale() == 2.0**39
    assert all(torch.equal(p, before[name]) for name, p in stepper.model.named_parameters())


def test_a_step_in_which_nothing_counts_is_refused() -> None:
    stepper = make_stepper(TRAINING)

    with pytest.raises(TrainingError, match="step 3: no token"):
        stepper.take(3, on_cpu(make_batch(rows=1, weights=np.zeros((1, 8), dtype=np.float32))))


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_bad_step_moves_neither_weights_nor_moments(bad: float) -> None:
    stepper = make_stepper(TRAINING)
    stepper.take(0, on_cpu(make_batch(rows=2)))
    before = {name: tensor.clone() for name, tensor in state_tensors(stepper).items()}
    spoiled = stepper.model.final_norm.weight.data[3].clone()
    stepper.model.final_norm.weight.data[3] = bad

    result = stepper.take(1, on_cpu(make_batch(rows=2)))

    stepper.model.final_norm.weight.data[3] = spoiled
    assert VERDICTS[int(result.verdict)] == "nonfinite"
    for name, tensor in state_tensors(stepper).items():
        assert torch.equal(tensor, before[name]), name


def test_audit_mode_changes_the_order_of_sums_and_nothing_else() -> None:
    running = make_stepper(TRAINING.model_copy(update={"grad_accum_steps": 8}))
    tree = make_stepper(TRAINING.model_copy(update={"grad_accum_steps": 8, "audit": True}))
    batches = [make_batch(rows=1, seed=seed) for seed in range(8)]

    losses = [float(stepper.accumulate(0, on_cpu(*batches))) for stepper in (running, tree)]

    assert losses[0] == pytest.approx(losses[1], rel=1e-6)
    expected = gradients(running)
    for name, gradient in gradients(tree).items():
        assert torch.allclose(gradient, expected[name], atol=1e-7, rtol=1e-4), name


def test_the_first_scale_of_fp16_is_no_overflow_of_its_own() -> None:
    stepper = make_stepper(TRAINING, precision="fp16")

    result = stepper.take(0, on_cpu(make_batch(rows=2)))

    assert stepper.scaler.get_scale() == 2.0**16
    assert VERDICTS[int(result.verdict)] == "good"
