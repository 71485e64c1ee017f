"""A sharded model computes what a whole one computes; several processes are in test_many_processes."""

from dataclasses import replace

import torch
from torch.distributed.tensor import DTensor

from mypt.training.assembly import make_stepper
from mypt.training.recipe import TrainingConfig
from tests.training.models import make_batch, make_model, on_cpu, only_world
from tests.training.models import make_stepper as make_whole

TRAINING = TrainingConfig(steps=4, learning_rate=1e-2, precision="fp32")


def test_a_sharded_model_takes_the_same_steps() -> None:
    whole = make_whole(TRAINING)
    sharded = make_stepper(make_model(), TRAINING.model_copy(update={"shard": "full"}), only_world())

    for step in range(3):
        batch = on_cpu(make_batch(rows=2, seed=step))
        losses = [float(stepper.take(step, batch).loss) for stepper in (whole, sharded)]
        assert abs(losses[0] - losses[1]) < 1e-6

    for (name, ours), theirs in zip(sharded.model.named_parameters(), whole.model.parameters(), strict=True):
        assert isinstance(ours, DTensor), name
        assert torch.allclose(ours.full_tensor(), theirs, atol=1e-6), name


def test_a_bad_step_moves_no_part() -> None:
    sharded = make_stepper(make_model(), TRAINING.model_copy(update={"shard": "full"}), only_world())
    batch = on_cpu(make_batch(rows=2))[0]
    sharded.take(0, [batch])
    before = [parameter.full_tensor().clone() for parameter in sharded.model.parameters()]  # type: ignore[attr-defined]

    result = sharded.take(1, [replace(batch, weights=batch.weights * float("inf"))])

    assert int(result.verdict) == 2
    after = [parameter.full_tensor() for parameter in sharded.model.parameters()]  # type: ignore[attr-defined]
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
