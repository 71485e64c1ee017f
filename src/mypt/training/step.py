"""One optimizer step over its micro-batches."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW

from mypt.dataset.batch import Batch
from mypt.errors import TrainingError
from mypt.model.gpt import GPT
from mypt.seeds import derive_seed
from mypt.training.loss import to_device, weighted_nll_sum
from mypt.training.recipe import TrainingConfig


@dataclass(frozen=True)
class StepResult:
    """What a step measured; tensors, so that reading them is the caller's choice to wait."""

    loss: Float[Tensor, ""]
    """Σ weight · nll / Σ weight, in nats per token."""
    grad_norm: Float[Tensor, ""]
    """Norm of the whole gradient before clipping."""


@dataclass
class Stepper:
    """Model, optimizer and scaler as one thing that takes steps."""

    model: GPT
    optimizer: AdamW
    scaler: torch.amp.GradScaler
    config: TrainingConfig

    def take(self, step: int, batches: Sequence[Batch]) -> StepResult:
        """Update the weights once from all micro-batches of a step."""
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.accumulate(step, batches)
        self.scaler.unscale_(self.optimizer)
        limit = self.config.grad_clip or float("inf")
        grad_norm = clip_grad_norm_(self.model.parameters(), limit)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return StepResult(loss, grad_norm.detach())

    def accumulate(self, step: int, batches: Sequence[Batch]) -> Float[Tensor, ""]:
        """Add the gradients of the step's mean loss, and return that loss."""
        device = next(self.model.parameters()).device
        total_weight = float(sum(batch.weights.sum(dtype="float64") for batch in batches))
        if total_weight == 0.0:
            raise TrainingError(f"step {step}: no token of its batches counts in the loss")
        loss = torch.zeros((), device=device)
        self.model.train()
        for micro_batch, batch in enumerate(batches):
            # Dropout is a function of (seed, step, micro-batch), so a resumed run draws the same.
            torch.manual_seed(derive_seed(self.config.seed, "step", step, micro_batch))
            share = weighted_nll_sum(self.model, to_device(batch, device)) / total_weight
            self.scaler.scale(share).backward()
            loss += share.detach()
        return loss
