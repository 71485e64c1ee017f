"""Our GPT-2 style architecture as Hugging Face's `GPT2LMHeadModel`."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field, PositiveFloat, PositiveInt
from torch import Tensor

from mypt.config import Section, validate
from mypt.errors import CheckpointError
from mypt.interchange.layout import Layout, Part
from mypt.interchange.refusal import refuse_unrepresentable
from mypt.model.config import GPTConfig, MlpType
from mypt.model.presets import PRESETS

ARCHITECTURE = "GPT2LMHeadModel"
OUR_SETTINGS: Mapping[str, tuple[object, ...]] = {
    "pos_encoding": ("learned",),
    "mlp_type": ("gelu", "gelu_exact", "relu"),
    "norm_type": ("layernorm",),
    "bias": (True,),
    "head_bias": (False,),
}
"""What a model of ours must have to be a GPT-2."""

LAYOUT = Layout(
    top={
        "token_embedding.weight": "transformer.wte.weight",
        "position_encoding.table.weight": "transformer.wpe.weight",
        "final_norm.weight": "transformer.ln_f.weight",
        "final_norm.bias": "transformer.ln_f.bias",
        "unembedding.weight": "lm_head.weight",
    },
    block_prefix="transformer.h.{}.",
    block=(
        Part("attention_norm", ("ln_1",)),
        Part("attention.qkv", ("attn.c_attn",), is_transposed=True),
        Part("attention.output", ("attn.c_proj",), is_transposed=True),
        Part("mlp_norm", ("ln_2",)),
        Part("mlp.up", ("mlp.c_fc",), is_transposed=True),
        Part("mlp.down", ("mlp.c_proj",), is_transposed=True),
    ),
)
BUFFERS = r"\.attn\.(masked_)?bias$"
"""Tensors of older files that hold nothing learned: the causal mask."""

LAYER_NORM_EPS = 1e-5  # that of mypt.model.norms
_HEAD_SIZE = 64  # in every published GPT-2
_ACTIVATIONS: Mapping[str, MlpType] = {
    "gelu_new": "gelu",
    "gelu_pytorch_tanh": "gelu",
    "gelu": "gelu_exact",
    "relu": "relu",
}


class Gpt2Settings(Section, extra="ignore"):
    """What a `config.json` of a GPT-2 may say that changes what its weights mean."""

    vocab_size: PositiveInt = 50257
    n_positions: PositiveInt = 1024
    n_embd: PositiveInt = 768
    n_layer: PositiveInt = 12
    n_head: PositiveInt = 12
    n_inner: PositiveInt | None = None
    activation_function: str = "gelu_new"
    resid_pdrop: float = Field(default=0.1, ge=0.0, lt=1.0)
    layer_norm_epsilon: PositiveFloat = 1e-5
    tie_word_embeddings: bool = True
    scale_attn_weights: bool = True
    scale_attn_by_inverse_layer_idx: bool = False
    add_cross_attention: bool = False


def to_settings(config: GPTConfig) -> dict[str, Any]:
    """Return the architecture as a GPT-2's `config.json`."""
    names = {ours: theirs for theirs, ours in reversed([*_ACTIVATIONS.items()])}
    return {
        "architectures": [ARCHITECTURE],
        "model_type": "gpt2",
        "vocab_size": config.vocab_size,
        "n_positions": config.block_size,
        "n_ctx": config.block_size,
        "n_embd": config.n_embd,
        "n_layer": config.n_layer,
        "n_head": config.n_head,
        "n_inner": config.mlp_hidden_size,
        "activation_function": names[config.mlp_type],
        "resid_pdrop": config.dropout,
        "embd_pdrop": config.dropout,
        "attn_pdrop": 0.0,
        "layer_norm_epsilon": LAYER_NORM_EPS,
        "tie_word_embeddings": config.tie_weights,
    }


def from_settings(values: Mapping[str, Any], where: str) -> GPTConfig:
    """Return the architecture that a GPT-2's `config.json` describes.

    Raises ConfigError for values that make no sense, and InputError for a GPT-2
    that is no model of ours.
    """
    settings = validate(values, Gpt2Settings, where)
    config = validate(
        {
            "vocab_size": settings.vocab_size,
            "n_embd": settings.n_embd,
            "n_layer": settings.n_layer,
            "n_head": settings.n_head,
            "block_size": settings.n_positions,
            "tie_weights": settings.tie_word_embeddings,
            "dropout": settings.resid_pdrop,
            "mlp_type": _ACTIVATIONS.get(settings.activation_function, "gelu"),
        },
        GPTConfig,
        where,
    )
    refuse_unrepresentable(where, ARCHITECTURE, _obstacles(settings, config))
    return config


def from_shapes(weights: Mapping[str, Tensor], where: str) -> GPTConfig:
    """Return the architecture of a published GPT-2, which its tensors alone tell.

    Raises CheckpointError when they are not GPT-2's.
    """
    tokens, positions = weights.get("transformer.wte.weight"), weights.get("transformer.wpe.weight")
    n_layer = len({name.split(".")[2] for name in weights if name.startswith("transformer.h.")})
    if tokens is None or positions is None or positions.dim() != 2 or not n_layer:
        raise CheckpointError(
            f"{where}: has no wte.weight, wpe.weight or h.0, so these are not GPT-2's weights",
            hint="expected the safetensors file of a published GPT-2; give the folder for any other model",
        )
    block_size, n_embd = positions.shape
    return validate(
        {
            **PRESETS["gpt2"].model_dump(),
            "vocab_size": len(tokens),
            "block_size": block_size,
            "n_embd": n_embd,
            "n_layer": n_layer,
            "n_head": max(1, n_embd // _HEAD_SIZE),
            "tie_weights": "lm_head.weight" not in weights,
        },
        GPTConfig,
        where,
    )


def _obstacles(settings: Gpt2Settings, config: GPTConfig) -> Iterator[str]:
    """Name each setting that our architecture has no place for."""
    if settings.activation_function not in _ACTIVATIONS:
        yield f"activation_function={settings.activation_function!r}, ours are {', '.join(_ACTIVATIONS)}"
    if settings.n_inner not in (None, config.mlp_hidden_size):
        yield f"n_inner={settings.n_inner}, ours is {config.mlp_hidden_size} at this width"
    if settings.layer_norm_epsilon != LAYER_NORM_EPS:
        yield f"layer_norm_epsilon={settings.layer_norm_epsilon}, ours is {LAYER_NORM_EPS}"
    if not settings.scale_attn_weights:
        yield "scale_attn_weights=false"
    if settings.scale_attn_by_inverse_layer_idx:
        yield "scale_attn_by_inverse_layer_idx=true"
    if settings.add_cross_attention:
        yield "add_cross_attention=true"
