"""`mypt bench`: speed and memory, measured here."""

import json
from dataclasses import asdict
from typing import Annotated, Literal

import torch
from cyclopts import Parameter

from mypt.bench.train import TrainingSpeed, measure_training


def train(
    *,
    device: Literal["auto", "cpu", "cuda"] = "auto",
    precision: tuple[Literal["fp32", "bf16", "fp16"], ...] = ("fp32", "bf16"),
    steps: Annotated[int, Parameter(help="Timed steps; the median counts.")] = 12,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Print tokens per CPU-second and the share of this machine's own fp32 matrix product rate."""
    if not as_json:
        print(f"{torch.get_num_threads()} threads; sgemm and steps measured in this process")
    for speed in measure_training(device, precision, steps=steps):
        print(
            json.dumps({**asdict(speed), "share_of_sgemm": speed.share_of_sgemm})
            if as_json
            else _line(speed),
            flush=True,
        )


def _line(speed: TrainingSpeed) -> str:
    return (
        f"{speed.shape:<9} {speed.precision}  {speed.parameters / 1e6:5.1f}M parameters  "
        f"{speed.tokens.per_cpu_second:8,.0f} tokens/CPU-s  {speed.tokens.per_second:8,.0f} tokens/s  "
        f"{speed.flops.per_cpu_second / 1e9:6.1f} GFLOP/CPU-s = {speed.share_of_sgemm:5.0%} of sgemm "
        f"({speed.sgemm.per_cpu_second / 1e9:.1f})"
    )
