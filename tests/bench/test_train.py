"""Training speed: what is reported, and that its parts belong together."""

from dataclasses import replace

import pytest

from mypt.bench import limits, train
from mypt.bench.limits import Rate
from mypt.bench.train import SHAPES, Shape, TrainingSpeed, measure_training
from mypt.model.presets import PRESETS
from mypt.model.size import count_parameters, training_flops_per_token

TINY = PRESETS["tiny"].model_copy(
    update={"n_layer": 1, "n_embd": 16, "n_head": 2, "block_size": 8, "vocab_size": 16}
)
SPEED = TrainingSpeed(
    shape="tiny", precision="fp32", device="cpu", parameters=1,
    tokens=Rate(1.0, 1.0), flops=Rate(60.0, 30.0), sgemm=Rate(100.0, 40.0),
)  # fmt: skip


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Shape:
    """Return the only shape that is measured."""
    shape = Shape(TINY, batch_size=2)
    monkeypatch.setattr(train, "SHAPES", {"tiny": shape})
    monkeypatch.setattr(limits, "_SIZE", 16)
    return shape


def measure(*precisions: str) -> list[TrainingSpeed]:
    return list(measure_training("cpu", precisions, steps=2, warmup=1))


def test_each_precision_of_each_shape_is_measured(tiny: Shape) -> None:
    speeds = measure("fp32", "bf16")

    assert [(speed.shape, speed.precision, speed.device) for speed in speeds] == [
        ("tiny", "fp32", "cpu"),
        ("tiny", "bf16", "cpu"),
    ]
    assert {speed.parameters for speed in speeds} == {count_parameters(tiny.config)}


def test_every_rate_is_positive(tiny: Shape) -> None:
    speed = measure("fp32")[0]

    rates = (speed.tokens, speed.flops, speed.sgemm)
    assert tiny.batch_size == 2
    assert all(rate.per_second > 0 and rate.per_cpu_second > 0 for rate in rates)


def test_flops_are_tokens_times_the_work_for_one(tiny: Shape) -> None:
    speed = measure("fp32")[0]

    each = training_flops_per_token(tiny.config, tiny.config.block_size)
    assert speed.flops == Rate(each * speed.tokens.per_second, each * speed.tokens.per_cpu_second)


def test_the_share_is_that_of_the_measured_rates(tiny: Shape) -> None:
    speed = measure("fp32")[0]

    assert tiny.batch_size == 2
    assert speed.share_of_sgemm == speed.flops.per_cpu_second / speed.sgemm.per_cpu_second


def test_on_a_processor_its_own_seconds_count_and_on_a_gpu_the_clock() -> None:
    assert SPEED.share_of_sgemm == 0.75
    assert replace(SPEED, device="cuda").share_of_sgemm == 0.6


def test_the_measured_shapes_are_small_character_models() -> None:
    sizes = {name: count_parameters(shape.config) for name, shape in SHAPES.items()}

    assert 1.5e6 < sizes["char-2M"] < 2.5e6
    assert 9e6 < sizes["char-10M"] < 12e6
