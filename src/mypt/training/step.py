"""One optimizer step over its micro-batches, on this process and all others of the run."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.distributed.tensor import DTensor, Replicate
from torch.nn.utils import clip_grad_norm_

from mypt.dataset.batch import Batch
from mypt.errors import TrainingError
from mypt.model.gpt import GPT
from mypt.seeds import derive_seed
from mypt.training.device_batch import DeviceBatch, to_device
from mypt.training.distributed import World
from mypt.training.gradients import GradientSum
from mypt.training.guard import StepGuard
from mypt.training.loss import weighted_nll_sum
from mypt.training.optimizer import Optimizers
from mypt.training.recipe import TrainingConfig


@dataclass(frozen=True)
class StepResult:
    """What a step measured; tensors, so that reading them is the caller's choice to wait."""

    loss: Float[Tensor, ""]
    """Σ weight · nll / Σ weight, in nats per token."""
    grad_norm: Float[Tensor, ""]
    """Norm of the whole gradient before clipping."""
    verdict: Int[Tensor, ""]
    """Number of the guard's verdict; the weights moved only when it is 0."""


@dataclass
class Stepper:
    """Model, optimizers, scaler and guard as one thing that takes steps."""

    model: GPT
    optimizers: Optimizers
    scaler: torch.amp.GradScaler
    guard: StepGuard
    gradients: GradientSum
    config: TrainingConfig
    world: World

    @property
    def n_local(self) -> int:
        """Return how many of a step's micro-batches this process computes."""
        return self.config.grad_accum_steps // self.world.size

    def on_device(self, batch: Batch) -> DeviceBatch:
        """Return a micro-batch where and in the form in which this model reads it."""
        config, device = self.config, self.world.device
        # Segments attended one by one have new shapes every time, which compiled code would not survive.
        is_compiled = config.compile in ("block", "full")
        is_fixed = config.attention == "auto" and device.type == "cpu" and is_compiled
        attention = "sdpa" if is_fixed else config.attention
        return to_device(batch, device, attention=attention, dtype=self.model.compute_dtype)

    def take(self, step: int, batches: Sequence[DeviceBatch]) -> StepResult:
        """Update the weights once from all micro-batches of a step, unless the step is a bad one."""
        self.optimizers.zero_grad()
        loss = self.accumulate(step, batches)
        self._unscale()
        limit = self.config.grad_clip or float("inf")
        norm = clip_grad_norm_(self._trained(), limit).detach()
        grad_norm = norm.full_tensor() if isinstance(norm, DTensor) else norm
        verdict = self.guard.judge(loss, grad_norm)
        self.optimizers.step(self._like_gradients((verdict != 0).float()))
        if self.scaler.is_enabled():
            self.scaler.update()
        return StepResult(loss, grad_norm, verdict)

    def accumulate(self, step: int, batches: Sequence[DeviceBatch]) -> Float[Tensor, ""]:
        """Leave the gradients of the step's mean loss in the parameters, and return that loss."""
        # In the order of micro-batches, so that the sum does not depend on the number of processes.
        total_weight = sum(self.world.gather([batch.weight_sum for batch in batches]))
        if total_weight == 0.0:
            raise TrainingError(f"step {step}: no token of its batches counts in the loss")
        self.model.train()
        first = self.world.rank * len(batches)
        for micro_batch, batch in enumerate(batches, start=first):
            # Dropout is a function of (seed, step, micro-batch), so a resumed run draws the same.
            torch.manual_seed(derive_seed(self.config.seed, "step", step, micro_batch))
            share = weighted_nll_sum(self.model, batch, 1.0 / total_weight)
            self.scaler.scale(share).backward()
            self.gradients.add(share.detach())
        return self.gradients.finish()

    def _trained(self) -> list[torch.nn.Parameter]:
        return [parameter for parameter in self.model.parameters() if parameter.requires_grad]

    def _unscale(self) -> None:
        for optimizer in self.optimizers.all:
            self.scaler.unscale_(optimizer)

    def _like_gradients(self, flag: Tensor) -> Tensor:
        """Return a scalar in the form in which sharded gradients can meet it."""
        example = self._trained()[0]
        if not isinstance(example, DTensor):
            return flag
        mesh = example.device_mesh
        return DTensor.from_local(flag, mesh, [Replicate()] * mesh.ndim)
