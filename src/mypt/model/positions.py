"""Where each token stands: a learned table added to embeddings, or rotary positions."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from mypt.model.config import GPTConfig, PosEncoding
from mypt.model.embedding import Embedding


class Rotation(NamedTuple):
    """Cosine and sine for each token, shaped to meet (batch, time, part, head, head_size)."""

    cos: Float[Tensor, "#batch time 1 1 head_size"]
    sin: Float[Tensor, "#batch time 1 1 head_size"]
    """The first half of each head carries the minus sign of the rotation."""


class LearnedPositions(nn.Module):
    """GPT-2's table: one learned row for each position, added to the token embedding."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.table = Embedding(config.block_size, config.n_embd)

    def add_to(
        self, x: Float[Tensor, "batch time embd"], positions: Int[Tensor, "#batch time"]
    ) -> Float[Tensor, "batch time embd"]:
        """Return embeddings that know their place."""
        return x + self.table(positions, x.dtype)

    def rotation(self, positions: Int[Tensor, "#batch time"]) -> None:  # noqa: ARG002
        """Return nothing: queries and keys stay as they are."""
        return


class RotaryPositions(nn.Module):
    """RoPE: queries and keys are turned by their position (Su et al. 2021, arXiv:2104.09864)."""

    cos: Tensor
    sin: Tensor

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self._shape = (config.block_size, config.head_size, config.rope_theta, config.rope_scale)
        self._fill_tables(torch.get_default_device())

    def add_to(
        self,
        x: Float[Tensor, "batch time embd"],
        positions: Int[Tensor, "#batch time"],  # noqa: ARG002
    ) -> Float[Tensor, "batch time embd"]:
        """Return the embeddings as they are."""
        return x

    def rotation(self, positions: Int[Tensor, "#batch time"]) -> Rotation:
        """Return the fp32 rotation of each token, to be shared by all layers."""
        return Rotation(self.cos[positions][:, :, None, None], self.sin[positions][:, :, None, None])

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> "RotaryPositions":  # noqa: FBT001, FBT002
        """Follow the model to its device, but never to its dtype: bf16 cannot hold positions."""
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        self._fill_tables(self.cos.device)
        return self

    def _fill_tables(self, device: torch.device) -> None:
        cos, sin = rotary_tables(*self._shape)
        self.register_buffer("cos", cos.to(device), persistent=False)
        self.register_buffer("sin", sin.to(device), persistent=False)


def rotary_tables(
    n_positions: int, head_size: int, theta: float, scale: float = 1.0
) -> tuple[Float[Tensor, "position head_size"], Float[Tensor, "position head_size"]]:
    """Return fp32 tables of cosines and signed sines for the half-split form of RoPE."""
    cpu = torch.device("cpu")
    exponents = torch.arange(0, head_size, 2, dtype=torch.float32, device=cpu) / head_size
    frequencies = 1.0 / theta**exponents  # (head_size / 2)
    positions = torch.arange(n_positions, dtype=torch.float32, device=cpu) / scale
    # Elementwise, never a matmul: TF32 would corrupt the angles of late positions.
    angles = positions[:, None] * frequencies[None, :]
    cos, sin = angles.cos(), angles.sin()
    return torch.cat((cos, cos), dim=1), torch.cat((-sin, sin), dim=1)


def rotate(
    x: Float[Tensor, "batch time parts heads head_size"], rotation: Rotation
) -> Float[Tensor, "batch time parts heads head_size"]:
    """Return queries and keys turned by their positions, computed in fp32."""
    wide = x.float()
    swapped = wide.roll(x.shape[-1] // 2, dims=-1)
    return torch.addcmul(wide * rotation.cos, swapped, rotation.sin).to(x.dtype)


Positions = LearnedPositions | RotaryPositions

POSITIONS: Mapping[PosEncoding, type[Positions]] = MappingProxyType(
    {"learned": LearnedPositions, "rope": RotaryPositions}
)
