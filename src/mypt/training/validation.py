"""Loss on fixed held-out windows, in bits per byte.

Bits per byte compares models across tokenizers: the information that the
model still needs per byte of text. Tokens that are no text count for nothing.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int64

from mypt.dataset.token_batches import batch_of, evenly_spaced
from mypt.dataset.token_shards import TokenShards
from mypt.model.gpt import GPT
from mypt.training.loss import nll_per_token, to_device


@dataclass(frozen=True)
class ValidationReport:
    """How well the model predicts the held-out windows after `step` steps."""

    step: int
    bits_per_byte: float
    nats_per_token: float
    n_tokens: int
    n_bytes: int


@dataclass(frozen=True)
class Validation:
    """Fixed windows, so that every validation of a run reads the same text."""

    shards: TokenShards
    windows: int
    """At most this many."""
    batch_size: int
    token_bytes: Int64[np.ndarray, " vocab"]
    """UTF-8 bytes of each id; 0 for ids that are no text."""

    def run(self, model: GPT, step: int) -> ValidationReport:
        """Measure without touching the training order or any random state."""
        windows = evenly_spaced(self.shards, self.windows)
        parts = [windows[i : i + self.batch_size] for i in range(0, len(windows), self.batch_size)]
        totals = [self._measure(model, part) for part in parts]
        nats, n_tokens, n_bytes = (sum(column) for column in zip(*totals, strict=True))
        return ValidationReport(
            step=step,
            bits_per_byte=nats / math.log(2) / n_bytes,
            nats_per_token=nats / n_tokens,
            n_tokens=int(n_tokens),
            n_bytes=int(n_bytes),
        )

    def _measure(self, model: GPT, windows: Int64[np.ndarray, " n"]) -> tuple[float, int, int]:
        """Return (nats, tokens, bytes) of the text tokens in some windows."""
        batch = batch_of(self.shards, windows)
        lengths = self.token_bytes[batch.targets.ravel()]
        was_training = model.training
        model.eval()
        with torch.no_grad():
            nll = nll_per_token(model, to_device(batch, next(model.parameters()).device))
        model.train(was_training)
        is_text = lengths > 0
        nats = float(nll.cpu().numpy()[is_text].sum(dtype=np.float64))
        return nats, int(is_text.sum()), int(lengths.sum())
