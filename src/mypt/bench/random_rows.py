"""Micro-batches of random ids: whole rows as in pretraining, or packed ones as in fine-tuning."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from mypt.dataset.batch import Batch
from mypt.model.config import GPTConfig
from mypt.model.size import count_matmul_weights

_SHORTEST, _LONGEST = 24, 200  # tokens of an episode, as in short conversations
_LEARNED_SHARE = 0.35  # of an episode, at its end: what the model says


@dataclass(frozen=True)
class RandomRows:
    """A source of batches, each a function of its number."""

    batch_size: int
    n_tokens: int
    vocab_size: int
    is_packed: bool = False

    def batch(self, index: int) -> Batch:
        """Return micro-batch number `index`."""
        rng = np.random.default_rng(index)
        ids = rng.integers(0, self.vocab_size, (self.batch_size, self.n_tokens + 1))
        weights = np.ones((self.batch_size, self.n_tokens), dtype=np.float32)
        if not self.is_packed:
            return Batch(ids[:, :-1], ids[:, 1:], weights)
        segments = np.stack([self._segments(rng) for _ in range(self.batch_size)])
        for row in range(self.batch_size):
            weights[row] = _learned(segments[row])
        return Batch(ids[:, :-1], ids[:, 1:], weights, segments)

    def _segments(self, rng: np.random.Generator) -> Int64[np.ndarray, " time"]:
        lengths = rng.integers(_SHORTEST, _LONGEST + 1, self.n_tokens // _SHORTEST + 1)
        return np.repeat(np.arange(len(lengths)), lengths)[: self.n_tokens]


def _learned(segments: Int64[np.ndarray, " time"]) -> Int64[np.ndarray, " time"]:
    """Mark the last part of each episode, at least one token of it."""
    learned = np.zeros_like(segments)
    for segment in np.unique(segments):
        places = np.flatnonzero(segments == segment)
        learned[places[-max(1, round(len(places) * _LEARNED_SHARE)) :]] = 1
    return learned


def executed_flops_per_token(config: GPTConfig, batch: Batch) -> float:
    """Return what forward and backward of this batch need for a token, with nothing counted that is skipped.

    A token attends to those before it in its own segment, and only learned
    positions meet the head.
    """
    head = config.vocab_size * config.n_embd
    blocks = count_matmul_weights(config) - head
    n_learned = np.count_nonzero(batch.weights)
    pairs = sum(length * (length + 1) // 2 for length in _segment_lengths(batch))
    attention = 4 * config.n_layer * config.n_embd * pairs
    forward = 2 * blocks * batch.n_tokens + 2 * head * n_learned + attention
    return 3 * forward / batch.n_tokens


def _segment_lengths(batch: Batch) -> list[int]:
    if batch.segments is None:
        return [batch.inputs.shape[1]] * len(batch.inputs)
    return [int(n) for row in batch.segments for n in np.unique(row, return_counts=True)[1]]
