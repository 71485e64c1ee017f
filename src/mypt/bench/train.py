"""Training speed: whole optimizer steps of the real loop on random ids."""

import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import torch

from mypt.bench.limits import Rate, gemm_flops, synchronize
from mypt.dataset.batch import Batch
from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT
from mypt.model.init_weights import init_weights
from mypt.model.presets import PRESETS
from mypt.model.size import training_flops_per_token
from mypt.training.optimizer import make_optimizer
from mypt.training.precision import DTYPES, make_scaler, resolve_device, resolve_precision
from mypt.training.recipe import TrainingConfig
from mypt.training.step import Stepper


@dataclass(frozen=True)
class Shape:
    """What is trained, and how many sequences at a time."""

    config: GPTConfig
    batch_size: int


def _character_model(n_layer: int, n_embd: int, block_size: int) -> GPTConfig:
    sizes = {"n_layer": n_layer, "n_embd": n_embd, "n_head": 6, "block_size": block_size, "vocab_size": 128}
    return PRESETS["tiny"].model_copy(update=sizes)


SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "char-2M": Shape(_character_model(n_layer=4, n_embd=192, block_size=128), batch_size=32),
        "char-10M": Shape(_character_model(n_layer=6, n_embd=384, block_size=256), batch_size=16),
    }
)


@dataclass(frozen=True)
class TrainingSpeed:
    """Medians over the timed steps, beside the machine's limit in the same process."""

    shape: str
    precision: str
    device: str
    parameters: int
    tokens: Rate
    flops: Rate
    """Matrix and causal attention FLOPs of forward and backward that the tokens stand for."""
    sgemm: Rate
    """FLOP/s of an fp32 matrix product."""

    @property
    def share_of_sgemm(self) -> float:
        """Return the FLOP rate as a share of an fp32 product's; bf16 may go above 1."""
        if self.device == "cpu":
            return self.flops.per_cpu_second / self.sgemm.per_cpu_second
        return self.flops.per_second / self.sgemm.per_second


def measure_training(
    device: str, precisions: tuple[str, ...], *, steps: int = 12, warmup: int = 3
) -> Iterator[TrainingSpeed]:
    """Yield the speed of each shape in each precision."""
    where = resolve_device(device)
    for name, shape in SHAPES.items():
        for precision in precisions:
            yield _measure(name, shape, resolve_precision(precision, where), where, (steps, warmup))


def _measure(
    name: str, shape: Shape, precision: str, device: torch.device, counts: tuple[int, int]
) -> TrainingSpeed:
    steps, warmup = counts
    sgemm = gemm_flops(torch.float32, device)
    stepper = _make_stepper(shape, precision, device)
    rates = [_timed_step(stepper, step, shape) for step in range(warmup + steps)][warmup:]
    tokens = Rate(
        statistics.median(rate.per_second for rate in rates),
        statistics.median(rate.per_cpu_second for rate in rates),
    )
    flops = training_flops_per_token(shape.config, shape.config.block_size)
    return TrainingSpeed(
        shape=name,
        precision=precision,
        device=device.type,
        parameters=sum(parameter.numel() for parameter in stepper.model.parameters()),
        tokens=tokens,
        flops=Rate(flops * tokens.per_second, flops * tokens.per_cpu_second),
        sgemm=sgemm,
    )


def _make_stepper(shape: Shape, precision: str, device: torch.device) -> Stepper:
    model = GPT(shape.config)
    init_weights(model, seed=0)
    model.compute_dtype = DTYPES[precision]
    model.to(device)
    config = TrainingConfig(steps=1, batch_size=shape.batch_size)
    return Stepper(model, make_optimizer(model, config), make_scaler(precision, device), config)


def _timed_step(stepper: Stepper, step: int, shape: Shape) -> Rate:
    batch = _random_batch(shape, step)
    device = next(stepper.model.parameters()).device
    synchronize(device)
    wall, cpu = time.perf_counter(), time.process_time()
    stepper.take(step, [batch])
    synchronize(device)
    cpu_seconds = max(time.process_time() - cpu, 1e-9)  # coarse on some systems
    return Rate(batch.n_tokens / (time.perf_counter() - wall), batch.n_tokens / cpu_seconds)


def _random_batch(shape: Shape, seed: int) -> Batch:
    size = (shape.batch_size, shape.config.block_size + 1)
    ids = np.random.default_rng(seed).integers(0, shape.config.vocab_size, size)
    return Batch(ids[:, :-1], ids[:, 1:], np.ones((size[0], size[1] - 1), dtype=np.float32))
