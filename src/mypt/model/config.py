"""The shape of a model; its defaults are GPT-2 small."""

from typing import Literal

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from mypt.config import Section

PosEncoding = Literal["learned", "rope"]
MlpType = Literal["gelu", "gelu_exact", "relu", "swiglu"]
NormType = Literal["layernorm", "rmsnorm"]


class GPTConfig(Section):
    """The architecture of a GPT, complete enough to count and to build it."""

    block_size: PositiveInt = 1024
    """Longest sequence attended."""
    vocab_size: PositiveInt = 50257
    """Number of ids that exist; no logit is computed for any other."""
    vocab_multiple: PositiveInt = 1
    """The embedding has vocab_size rows, rounded up to a multiple of this; 128 suits matrix units."""
    n_layer: PositiveInt = 12
    """Number of blocks."""
    n_head: PositiveInt = 12
    """Attention heads in each block; n_embd must be a multiple of it."""
    n_embd: PositiveInt = 768
    """Width of the residual stream."""
    dropout: float = Field(default=0.1, ge=0.0, lt=1.0)
    """Share of embedding and residual-branch values dropped in training; never of attention weights."""
    neftune_alpha: float = Field(default=0.0, ge=0.0, exclude_if=lambda alpha: alpha == 0.0)
    """Noise on token embeddings in training: up to this / sqrt(tokens of the segment x n_embd).

    Left out of files where it is 0, so that models and recipes without noise keep their bytes.
    """
    bias: bool = True
    """Whether linear layers and LayerNorms add a bias (RMSNorm never does)."""
    tie_weights: bool = True
    """Whether the output head is the token embedding itself."""
    head_bias: bool = False
    """Whether the output head adds a bias to each logit, as the earlier MyPT did."""
    pos_encoding: PosEncoding = "learned"
    """Learned table of positions, or rotary positions (RoPE)."""
    mlp_type: MlpType = "gelu"
    """Feed-forward: GELU in its tanh form, 4 x n_embd wide, or SwiGLU, 8/3 x n_embd wide rounded up to 64.

    Models of the earlier MyPT have the exact GELU or, the oldest, ReLU.
    """
    norm_type: NormType = "layernorm"
    """Normalization before each branch and before the head."""
    rope_theta: PositiveFloat = 10000.0
    """Base of the rotary wavelengths; unused with learned positions."""
    rope_scale: PositiveFloat = 1.0
    """Rotary positions are divided by this: 4 reads 4 times the trained length (arXiv:2306.15595)."""

    @model_validator(mode="after")
    def _refuse_uneven_heads(self) -> "GPTConfig":
        if self.n_embd % self.n_head:
            raise ValueError(f"n_embd={self.n_embd} is not a multiple of n_head={self.n_head}")
        if self.pos_encoding == "rope" and self.head_size % 2:
            raise ValueError(
                f"n_embd={self.n_embd} / n_head={self.n_head} is {self.head_size}, rope needs an even number"
            )
        return self

    @property
    def head_size(self) -> int:
        """Return the width of one attention head."""
        return self.n_embd // self.n_head

    @property
    def padded_vocab_size(self) -> int:
        """Return the number of rows of the token embedding."""
        return round_up(self.vocab_size, self.vocab_multiple)

    @property
    def mlp_hidden_size(self) -> int:
        """Return the width inside the feed-forward."""
        if self.mlp_type == "swiglu":
            return round_up(8 * self.n_embd // 3, 64)
        return 4 * self.n_embd


def round_up(number: int, multiple: int) -> int:
    """Return the smallest multiple that is not below a number."""
    return -(-number // multiple) * multiple
