"""What the training loop reads: batches, and the seam they come through."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32, Int64


@dataclass(frozen=True)
class Batch:
    """One micro-batch; weight and target belong to the same position."""

    inputs: Int64[np.ndarray, "batch time"]
    targets: Int64[np.ndarray, "batch time"]
    weights: Float32[np.ndarray, "batch time"]
    """How much each target counts in the loss; 0 means not learned."""
    segments: Int64[np.ndarray, "batch time"] | None = None
    """A run of equal numbers is one document or episode, which sees only itself; None: each row is one."""

    @property
    def n_tokens(self) -> int:
        """Return how many positions the model computes."""
        return self.inputs.size


@runtime_checkable
class BatchSource(Protocol):
    """Batches as a function of their index, so that a resume needs only the index."""

    def batch(self, index: int) -> Batch:
        """Return micro-batch number `index` of the run."""
        ...
