"""Bad steps are seen on the device, and a shift of level is not bad for long."""

import pytest
import torch

from mypt.training.guard import VERDICTS, WINDOW, StepGuard

CPU = torch.device("cpu")


def judge(guard: StepGuard, loss: float, norm: float = 1.0) -> str:
    return VERDICTS[int(guard.judge(torch.tensor(loss), torch.tensor(norm)))]


def calm(sigmas: float = 6.0, *, is_scaled: bool = False) -> StepGuard:
    """A guard that has seen losses around 2 and norms around 1."""
    guard = StepGuard(sigmas, CPU, is_scaled=is_scaled)
    for step in range(WINDOW):
        judge(guard, 2.0 + 0.1 * (step % 5), 1.0 + 0.05 * (step % 3))
    return guard


@pytest.mark.parametrize(("loss", "norm"), [(float("nan"), 1.0), (float("inf"), 1.0), (2.0, float("nan"))])
def test_what_is_no_number_is_nonfinite(loss: float, norm: float) -> None:
    assert judge(calm(), loss, norm) == "nonfinite"


def test_an_infinite_gradient_is_an_overflow_while_fp16_looks_for_its_scale() -> None:
    assert judge(calm(is_scaled=True), 2.0, float("inf")) == "overflow"
    assert judge(calm(is_scaled=True), float("nan"), float("inf")) == "nonfinite"


@pytest.mark.parametrize(("loss", "norm"), [(4.0, 1.0), (2.0, 9.0)])
def test_a_loss_or_gradient_far_above_the_usual_is_a_spike(loss: float, norm: float) -> None:
    guard = calm()

    assert judge(guard, 2.4, 1.1) == "good"
    assert judge(guard, loss, norm) == "spike"
    assert judge(guard, 1.0, 0.1) == "good"


def test_nothing_is_a_spike_before_the_window_is_full() -> None:
    guard = StepGuard(6.0, CPU, is_scaled=False)

    verdicts = [judge(guard, 2.0 if step < WINDOW - 1 else 50.0) for step in range(WINDOW)]

    assert set(verdicts) == {"good"}


def test_zero_sigmas_look_for_no_spikes() -> None:
    assert judge(calm(sigmas=0.0), 1000.0) == "good"


def test_a_lasting_new_level_becomes_the_usual_one_after_a_few_steps() -> None:
    guard = calm()

    verdicts = [judge(guard, 8.0) for _ in range(12)]

    assert verdicts[0] == "spike"
    assert verdicts[6:] == ["good"] * 6


def test_a_guard_that_was_reset_waits_for_a_full_window_again() -> None:
    guard = calm()

    guard.reset()

    assert judge(guard, 100.0) == "good"


def test_what_is_no_number_does_not_become_usual() -> None:
    guard = calm()
    before = guard.history.clone()

    judge(guard, float("nan"))

    assert torch.equal(guard.history, before)
    assert int(guard.count) == WINDOW


def test_the_tensors_of_a_checkpoint_are_the_live_ones() -> None:
    guard, other = calm(), StepGuard(6.0, CPU, is_scaled=False)

    for name, tensor in other.tensors().items():
        tensor.copy_(guard.tensors()[name])

    assert judge(other, 4.0) == "spike"
