"""From logits to the next ids: banned ids, repetition penalty, temperature, top-k, top-p, draw.

The order is fixed: a penalty acts on the model's own logits, and top-p counts
the probabilities after temperature and top-k. Ties never depend on a sorting
algorithm: a token as likely as the last one kept is kept too, and greedy
choice takes the lowest id.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from mypt.errors import ArtifactError
from mypt.inference.config import SamplingConfig
from mypt.seeds import derive_seed

_NEVER = float("-inf")
_NOT_A_NUMBER = -1


def choose_next_ids(
    logits: Float[Tensor, "batch vocab"],
    histories: Sequence[Sequence[int]],
    uniforms: Sequence[float],
    config: SamplingConfig,
    banned: Int[Tensor, " banned"] | None = None,
) -> list[int]:
    """Return each row's next id, from its logits, its ids so far and one number in [0, 1).

    Raises ArtifactError when the model's logits are not numbers.
    """
    logits = logits.float()
    is_usable = logits.amax(dim=-1).isfinite()
    if banned is not None:
        logits = logits.index_fill(1, banned, _NEVER)
    if config.repetition_penalty != 1.0:
        recent = _recent_ids(histories, config.repetition_window).to(logits.device)
        logits = penalize_repetition(logits, recent, config.repetition_penalty)
    chosen = logits.argmax(dim=-1) if config.is_greedy else _draw_with(config, logits, uniforms)
    # Looked at only now, so that a step waits for its device once.
    ids: list[int] = torch.where(is_usable, chosen, _NOT_A_NUMBER).tolist()
    if _NOT_A_NUMBER in ids:
        raise ArtifactError(
            f"the model computes NaN or infinite logits (row {ids.index(_NOT_A_NUMBER)} of the batch)",
            hint="its weights are damaged or its training diverged; use an earlier checkpoint",
        )
    return ids


def penalize_repetition(
    logits: Float[Tensor, "batch vocab"], recent: Int[Tensor, "batch window"], penalty: float
) -> Float[Tensor, "batch vocab"]:
    """Divide positive logits of recent ids by the penalty, and multiply negative ones by it."""
    repeated = logits.gather(1, recent)
    penalized = torch.where(repeated > 0, repeated / penalty, repeated * penalty)
    return logits.scatter(1, recent, penalized)


def apply_temperature(
    logits: Float[Tensor, "batch vocab"], temperature: float
) -> Float[Tensor, "batch vocab"]:
    """Divide logits by a temperature above 0, after shifting each row's highest to 0."""
    return (logits - logits.amax(dim=-1, keepdim=True)) / temperature


def keep_top_k(logits: Float[Tensor, "batch vocab"], k: int) -> Float[Tensor, "batch vocab"]:
    """Rule out all ids less likely than the k-th."""
    lowest_kept = logits.topk(min(k, logits.shape[1]), dim=-1).values[:, -1:]
    return logits.masked_fill(logits < lowest_kept, _NEVER)


def keep_top_p(
    logits: Float[Tensor, "batch vocab"], p: float, *, n_candidates: int = 0
) -> Float[Tensor, "batch vocab"]:
    """Rule out all ids less likely than the one with which the likeliest reach probability p.

    After `keep_top_k` only k candidates need to be sorted; 0 sorts all.
    """
    probabilities = logits.softmax(dim=-1)
    n_sorted = min(n_candidates or logits.shape[1], logits.shape[1])
    descending = probabilities.topk(n_sorted, dim=-1).values
    mass_before = descending.cumsum(dim=-1, dtype=torch.float64) - descending
    n_kept = (mass_before < p).sum(dim=-1, keepdim=True).clamp(min=1)
    lowest_kept = descending.gather(1, n_kept - 1)
    return logits.masked_fill(probabilities < lowest_kept, _NEVER)


def draw(logits: Float[Tensor, "batch vocab"], uniforms: Float[Tensor, " batch"]) -> Int[Tensor, " batch"]:
    """Return the id at which each row's cumulative probability passes its number in [0, 1)."""
    cumulative = logits.softmax(dim=-1).cumsum(dim=-1, dtype=torch.float64)  # (B, V)
    targets = uniforms[:, None] * cumulative[:, -1:]
    return torch.searchsorted(cumulative, targets, right=True).squeeze(1)


def uniform(seed: int, row: int, step: int) -> float:
    """Return the number in [0, 1) that decides a row's draw at a step, and nothing else."""
    return (derive_seed(seed, "draw", row, step) >> 10) / 2**53


def _draw_with(
    config: SamplingConfig, logits: Float[Tensor, "batch vocab"], uniforms: Sequence[float]
) -> Int[Tensor, " batch"]:
    logits = apply_temperature(logits, config.temperature)
    if config.top_k:
        logits = keep_top_k(logits, config.top_k)
    if config.top_p < 1.0:
        logits = keep_top_p(logits, config.top_p, n_candidates=config.top_k)
    return draw(logits, torch.tensor(uniforms, dtype=torch.float64, device=logits.device))


def _recent_ids(histories: Sequence[Sequence[int]], window: int) -> Int[Tensor, "batch window"]:
    recent = [list(history[-window:]) for history in histories]
    longest = max(map(len, recent))
    # A repeated id is penalized once, so a row's first id can fill it up.
    return torch.tensor([ids + ids[:1] * (longest - len(ids)) for ids in recent])
