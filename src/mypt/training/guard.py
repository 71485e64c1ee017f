"""Judges each step on the device: is its loss a number, and is it like those before.

No step waits for the verdict. The optimizer is told on the device not to move,
as it is by a loss scaler; people are told when the results are read.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from mypt.training.reports import Verdict

VERDICTS: tuple[Verdict, ...] = ("good", "overflow", "nonfinite", "spike")
"""What the numbers that `judge` returns mean."""

WINDOW = 128
"""Steps whose losses and gradient norms say what is usual."""

_RELATIVE_FLOOR = 1e-3  # a deviation below this share of the mean is no deviation


class StepGuard:
    """Remembers the last losses and gradient norms, on the device.

    A spike is a loss or norm so many standard deviations above the mean of the
    window, as in OLMo 2 (arXiv:2501.00656), where such steps are skipped too.
    """

    def __init__(self, sigmas: float, device: torch.device, *, is_scaled: bool) -> None:
        self.history = torch.zeros(WINDOW, 2, device=device)
        self.count = torch.zeros((), dtype=torch.int64, device=device)
        self._sigmas = sigmas
        self._is_scaled = is_scaled
        self._rows = torch.arange(WINDOW, device=device)

    def judge(self, loss: Float[Tensor, ""], grad_norm: Float[Tensor, ""]) -> Int[Tensor, ""]:
        """Return the number of the verdict and remember the step."""
        seen = torch.stack((loss, grad_norm)).float()  # (2,)
        finite = seen.isfinite()
        verdict = torch.where(finite.all(), 0, 2)
        if self._is_scaled:  # fp16 looks for its scale by overflowing
            verdict = torch.where(finite[0] & ~finite[1], 1, verdict)
        if self._sigmas:
            verdict = torch.where((verdict == 0) & self._is_spike(seen), 3, verdict)
        self._remember(seen, finite.all())
        return verdict

    def reset(self) -> None:
        """Forget what was usual, because the data changes."""
        self.count.zero_()

    def tensors(self) -> dict[str, Tensor]:
        """Return what a checkpoint must hold."""
        return {"guard.history": self.history, "guard.count": self.count}

    def _is_spike(self, seen: Float[Tensor, " 2"]) -> Tensor:
        mean = self.history.mean(dim=0)
        deviation = self.history.std(dim=0).maximum(_RELATIVE_FLOOR * mean.abs())
        return (self.count >= WINDOW) & (seen > mean + self._sigmas * deviation).any()

    def _remember(self, seen: Float[Tensor, " 2"], is_finite: Tensor) -> None:
        """Remember spikes too: where the level has shifted for good, a few of them make it the usual one."""
        here = ((self._rows == self.count % WINDOW) & is_finite)[:, None]
        self.history.copy_(torch.where(here, seen, self.history))
        self.count += is_finite
