"""How others name, split and turn the weights of our model."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from mypt.errors import CheckpointError, InputError
from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT

_BLOCK = re.compile(r"^blocks\.(\d+)\.(.+)\.(weight|bias)$")
_LEAVES = ("weight", "bias")
ROWS = frozenset({"token_embedding.weight", "unembedding.weight", "head_bias"})
"""What has one row for each id, and padding behind them."""
MAX_BLOCK_SIZE = 2**18
"""More positions than a model here is trained on; the rotary tables of far more would fill the memory."""


class Part(NamedTuple):
    """One layer of a block, and the layers that it is for others, stacked in this order."""

    ours: str
    theirs: tuple[str, ...]
    is_transposed: bool = False
    """Whether they keep a matrix as (in, out)."""


@dataclass(frozen=True)
class Layout:
    """The naming of one format."""

    top: Mapping[str, str]
    """Our name → theirs, of what is no part of a block."""
    block_prefix: str
    """What stands before the layers of a block, with the block's number as `{}`."""
    block: tuple[Part, ...]

    def to_theirs(self, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return our weights under their names, split and turned as they do it."""
        parts = {part.ours: part for part in self.block}
        renamed: dict[str, Tensor] = {}
        for name, tensor in weights.items():
            found = _BLOCK.match(name)
            if found is None:
                renamed[self.top[name]] = tensor
                continue
            part, prefix = parts[found[2]], self.block_prefix.format(found[1])
            for theirs, piece in zip(part.theirs, tensor.chunk(len(part.theirs)), strict=True):
                renamed[f"{prefix}{theirs}.{found[3]}"] = _turn(piece, part)
        return renamed

    def to_ours(self, weights: Mapping[str, Tensor], n_layer: int) -> dict[str, Tensor]:
        """Return their weights under our names; those that are missing stay missing."""
        ours = {mine: weights[theirs] for mine, theirs in self.top.items() if theirs in weights}
        for number in range(n_layer):
            for part in self.block:
                ours |= self._block_part(weights, number, part)
        return ours

    def _block_part(self, weights: Mapping[str, Tensor], number: int, part: Part) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        for leaf in _LEAVES:
            names = [f"{self.block_prefix.format(number)}{theirs}.{leaf}" for theirs in part.theirs]
            if all(name in weights for name in names):
                found[f"blocks.{number}.{part.ours}.{leaf}"] = torch.cat(
                    [_turn(weights[name], part) for name in names]
                )
        return found

    def expected(self, config: GPTConfig) -> dict[str, Tensor]:
        """Return tensors without content: the names and shapes that they have for a model of ours."""
        with torch.device("meta"):
            model = GPT(config)
        return self.to_theirs(without_padding(model.state_dict(), config))


def refuse_other_sizes(where: str, config: GPTConfig, n_layer: int, embedding: Tensor | None) -> None:
    """Raise before a wrong number in a configuration can ask for more memory than there is.

    Raises CheckpointError when layers, ids or width are not those of the weights, and
    InputError for more positions than MyPT takes.
    """
    said = [config.n_layer, config.vocab_size, config.n_embd]
    found = [n_layer, *([] if embedding is None else embedding.shape)]
    if said != found:
        raise CheckpointError(
            f"{where}: the configuration says {said} layers, ids and width, the weights have {found}",
            hint="the weights belong to another model than the configuration says",
        )
    if config.block_size > MAX_BLOCK_SIZE:
        raise InputError(
            f"{where}: {config.block_size:,} positions are more than the {MAX_BLOCK_SIZE:,} that MyPT takes",
            hint="lower the number of positions in a copy of config.json to what will be used",
        )


def without_padding(weights: Mapping[str, Tensor], config: GPTConfig) -> dict[str, Tensor]:
    """Return weights with exactly one row for each id that exists."""
    return {name: tensor[: config.vocab_size] if name in ROWS else tensor for name, tensor in weights.items()}


def with_rows_of(weights: Mapping[str, Tensor], model: GPT) -> dict[str, Tensor]:
    """Return weights with the model's own rows behind those that they have."""
    own = model.state_dict()
    return {
        name: torch.cat((tensor.float(), own[name][len(tensor) :])) if name in ROWS else tensor
        for name, tensor in weights.items()
    }


def _turn(tensor: Tensor, part: Part) -> Tensor:
    return tensor.t() if part.is_transposed and tensor.dim() == 2 else tensor
