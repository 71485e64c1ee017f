"""Tiny models and batches for tests of the training engine."""

from collections.abc import Mapping
from contextlib import ExitStack
from functools import cache

import numpy as np
import torch

from mypt.dataset.batch import Batch
from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT
from mypt.model.init_weights import init_weights
from mypt.training.assembly import make_stepper as assemble
from mypt.training.device_batch import DeviceBatch, to_device
from mypt.training.distributed import World, process_group
from mypt.training.recipe import TrainingConfig
from mypt.training.reports import StepReport, ValidationReport
from mypt.training.step import Stepper

TINY = GPTConfig(
    n_layer=2, n_head=2, n_embd=16, block_size=8, vocab_size=13, dropout=0.0, pos_encoding="rope",
    norm_type="rmsnorm", mlp_type="swiglu", bias=False,
)  # fmt: skip


def make_model(config: GPTConfig = TINY, seed: int = 0) -> GPT:
    model = GPT(config)
    init_weights(model, seed)
    return model


_UNTIL_THE_END = ExitStack()


@cache
def only_world() -> World:
    """The group of this one process, for as long as the tests run."""
    return _UNTIL_THE_END.enter_context(process_group("cpu"))


def make_stepper(training: TrainingConfig, config: GPTConfig = TINY, precision: str = "fp32") -> Stepper:
    in_numbers = training.model_copy(update={"precision": precision})
    return assemble(make_model(config), in_numbers, only_world())


def on_cpu(*batches: Batch) -> list[DeviceBatch]:
    return [to_device(batch, torch.device("cpu")) for batch in batches]


def make_batch(rows: int, seed: int = 0, weights: np.ndarray | None = None) -> Batch:
    ids = np.random.default_rng(seed).integers(0, TINY.vocab_size, (rows, TINY.block_size + 1))
    if weights is None:
        weights = np.ones((rows, TINY.block_size), dtype=np.float32)
    return Batch(ids[:, :-1], ids[:, 1:], weights)


def part(batch: Batch, rows: slice) -> Batch:
    return Batch(batch.inputs[rows], batch.targets[rows], batch.weights[rows])


class Diary:
    """An observer that writes down what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.reports: list[StepReport] = []

    def on_start(self, step: int, steps: int) -> None:
        self.lines.append(f"start {step}/{steps}")

    def on_step(self, report: StepReport) -> None:
        self.lines.append(f"step {report.step}")
        self.reports.append(report)

    def on_validation(self, report: ValidationReport) -> None:
        self.lines.append(f"validation {report.step}")

    def on_event(self, row: Mapping[str, object]) -> None:
        if row["event"] == "rollback":
            self.lines.append(f"rollback {row['step']} to {row['to_step']}")
