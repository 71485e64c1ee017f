"""What of a model does not learn: embeddings, and blocks.

A function of the recipe, which says it again after each resume, so that no
checkpoint has to remember it.
"""

from dataclasses import dataclass

from torch import nn

from mypt.errors import ConfigError
from mypt.model.gpt import GPT


@dataclass(frozen=True)
class Frozen:
    """How many parameters learn and how many stay as they are."""

    n_trainable: int
    n_frozen: int
    head_is_frozen: bool
    """True for a head that is tied to frozen embeddings: they are one matrix."""


def freeze(model: GPT, *, embeddings: bool, blocks: int | tuple[int, ...]) -> Frozen:
    """Let all learn but the embeddings and the first so many blocks, or the blocks of these numbers.

    Embeddings are those of tokens and learned positions, and a tied head with them. Raises
    ConfigError for blocks that the model does not have, and when no matrix would learn.
    """
    numbers = range(blocks) if isinstance(blocks, int) else blocks
    _require_blocks(numbers, len(model.blocks))
    parts: list[nn.Module] = [model.blocks[number] for number in numbers]
    if embeddings:
        parts += [model.token_embedding, model.position_encoding]
    kept = {id(parameter) for part in parts for parameter in part.parameters()}
    _require_learning(model, kept)
    for parameter in model.parameters():
        parameter.requires_grad_(id(parameter) not in kept)
    n_all = sum(parameter.numel() for parameter in model.parameters())
    n_trainable = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    return Frozen(n_trainable, n_all - n_trainable, not model.head_weight.requires_grad)


def _require_blocks(numbers: range | tuple[int, ...], n_blocks: int) -> None:
    missing = [number for number in numbers if not 0 <= number < n_blocks]
    if missing:
        raise ConfigError(
            f"freeze.blocks names block {missing[0]}, but the model has blocks 0 to {n_blocks - 1}",
            hint="freeze.blocks=N freezes the first N blocks",
        )


def _require_learning(model: GPT, kept: set[int]) -> None:
    """Norms and biases alone are no model that learns."""
    if all(id(parameter) in kept for parameter in model.parameters() if parameter.dim() > 1):
        raise ConfigError(
            "nothing would learn: every matrix of the model is frozen",
            hint="freeze fewer blocks, or leave the embeddings free",
        )
