"""The loss of one category, window by window, so that two models can be compared in pairs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from mypt.errors import InputError
from mypt.training.reports import CategoryLoss


@dataclass(frozen=True)
class WindowLosses:
    """What was measured on each window, in the order of the windows."""

    nats: Float64[np.ndarray, " windows"]
    """-log p of all the text in a window."""
    n_tokens: Int64[np.ndarray, " windows"]
    n_bytes: Int64[np.ndarray, " windows"]
    n_hits: Int64[np.ndarray, " windows"] | None = None
    """Tokens whose most likely prediction is right, where that is measured."""
    parts: Float64[np.ndarray, "windows parts 3"] | None = None
    """Sums of `episode_parts`, where episodes are measured part by part."""

    @property
    def n_windows(self) -> int:
        """Return how many windows were measured."""
        return len(self.nats)

    def total(self) -> CategoryLoss:
        """Return the loss over all windows; InputError when they hold no text."""
        nats, n_tokens, n_bytes = math.fsum(self.nats), int(self.n_tokens.sum()), int(self.n_bytes.sum())
        if n_bytes == 0:
            raise InputError(
                f"{self.n_windows} windows hold no byte of text, so there is nothing to measure",
                hint="raise training.validation_windows, or take the dataset out of eval_sets",
            )
        return CategoryLoss(
            bits_per_byte=nats / math.log(2) / n_bytes,
            nats_per_token=nats / n_tokens,
            n_tokens=n_tokens,
            n_bytes=n_bytes,
            accuracy=None if self.n_hits is None else int(self.n_hits.sum()) / n_tokens,
        )


def joined(parts: Sequence[WindowLosses]) -> WindowLosses:
    """Return the windows of several measurements of one category as one."""
    hits = [part.n_hits for part in parts if part.n_hits is not None]
    sums = [part.parts for part in parts if part.parts is not None]
    return WindowLosses(
        nats=np.concatenate([part.nats for part in parts]),
        n_tokens=np.concatenate([part.n_tokens for part in parts]),
        n_bytes=np.concatenate([part.n_bytes for part in parts]),
        n_hits=np.concatenate(hits) if hits else None,
        parts=np.concatenate(sums) if sums else None,
    )
