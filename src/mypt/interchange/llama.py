"""Our modern architecture as Hugging Face's `LlamaForCausalLM`."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import PositiveFloat, PositiveInt

from mypt.config import Section, validate
from mypt.interchange.layout import Layout, Part
from mypt.interchange.refusal import refuse_unrepresentable
from mypt.model.config import GPTConfig

ARCHITECTURE = "LlamaForCausalLM"
OUR_SETTINGS: Mapping[str, tuple[object, ...]] = {
    "pos_encoding": ("rope",),
    "mlp_type": ("swiglu",),
    "norm_type": ("rmsnorm",),
    "head_bias": (False,),
}
"""What a model of ours must have to be a Llama."""

LAYOUT = Layout(
    top={
        "token_embedding.weight": "model.embed_tokens.weight",
        "final_norm.weight": "model.norm.weight",
        "unembedding.weight": "lm_head.weight",
    },
    block_prefix="model.layers.{}.",
    block=(
        Part("attention_norm", ("input_layernorm",)),
        Part("attention.qkv", ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")),
        Part("attention.output", ("self_attn.o_proj",)),
        Part("mlp_norm", ("post_attention_layernorm",)),
        Part("mlp.gate_up", ("mlp.gate_proj", "mlp.up_proj")),
        Part("mlp.down", ("mlp.down_proj",)),
    ),
)
BUFFERS = r"rotary_emb\.inv_freq$"
"""Tensors of older files that hold nothing learned."""

RMS_NORM_EPS = 1e-6  # that of mypt.model.norms


class LlamaSettings(Section, extra="ignore"):
    """What a `config.json` of a Llama must say for its weights to mean something."""

    vocab_size: PositiveInt
    hidden_size: PositiveInt
    intermediate_size: PositiveInt
    num_hidden_layers: PositiveInt
    num_attention_heads: PositiveInt
    num_key_value_heads: PositiveInt | None = None
    head_dim: PositiveInt | None = None
    max_position_embeddings: PositiveInt = 2048
    hidden_act: str = "silu"
    rms_norm_eps: PositiveFloat = 1e-6
    tie_word_embeddings: bool = False
    attention_bias: bool = False
    mlp_bias: bool = False
    rope_theta: PositiveFloat = 10000.0
    rope_scaling: dict[str, Any] | None = None
    rope_parameters: dict[str, Any] | None = None

    def rope(self) -> dict[str, Any]:
        """Return type, factor and theta, whether they were said in the newer or the older way."""
        said = self.rope_parameters or self.rope_scaling or {}
        is_nested = any(isinstance(value, dict) for value in said.values())
        said_type = said.get("rope_type", said.get("type", "default"))
        return {
            "type": "one for each kind of layer" if is_nested else said_type,
            "factor": said.get("factor", 1.0),
            "theta": said.get("rope_theta", self.rope_theta),
        }


def to_settings(config: GPTConfig) -> dict[str, Any]:
    """Return the architecture as a Llama's `config.json`."""
    is_scaled = config.rope_scale != 1.0
    scaling = {"rope_type": "linear", "factor": config.rope_scale} if is_scaled else None
    return {
        "architectures": [ARCHITECTURE],
        "model_type": "llama",
        "vocab_size": config.vocab_size,
        "hidden_size": config.n_embd,
        "intermediate_size": config.mlp_hidden_size,
        "num_hidden_layers": config.n_layer,
        "num_attention_heads": config.n_head,
        "num_key_value_heads": config.n_head,
        "head_dim": config.head_size,
        "max_position_embeddings": config.block_size,
        "hidden_act": "silu",
        "rms_norm_eps": RMS_NORM_EPS,
        "tie_word_embeddings": config.tie_weights,
        "attention_bias": config.bias,
        "mlp_bias": config.bias,
        "attention_dropout": 0.0,
        "rope_theta": config.rope_theta,
        "rope_scaling": scaling,
        "rope_parameters": {"rope_theta": config.rope_theta, **(scaling or {"rope_type": "default"})},
    }


def from_settings(values: Mapping[str, Any], where: str) -> GPTConfig:
    """Return the architecture that a Llama's `config.json` describes.

    Raises ConfigError for values that make no sense, and InputError for a Llama
    that is no model of ours.
    """
    settings = validate(values, LlamaSettings, where)
    rope = settings.rope()
    config = validate(
        {
            "vocab_size": settings.vocab_size,
            "n_embd": settings.hidden_size,
            "n_layer": settings.num_hidden_layers,
            "n_head": settings.num_attention_heads,
            "block_size": settings.max_position_embeddings,
            "tie_weights": settings.tie_word_embeddings,
            "bias": settings.attention_bias,
            "dropout": 0.0,
            "pos_encoding": "rope",
            "mlp_type": "swiglu",
            "norm_type": "rmsnorm",
            "rope_theta": rope["theta"],
            "rope_scale": rope["factor"] if rope["type"] == "linear" else 1.0,
        },
        GPTConfig,
        where,
    )
    refuse_unrepresentable(where, ARCHITECTURE, _obstacles(settings, config))
    return config


def _obstacles(settings: LlamaSettings, config: GPTConfig) -> Iterator[str]:
    """Name each setting that our architecture has no place for."""
    n_kv = settings.num_key_value_heads
    if n_kv not in (None, settings.num_attention_heads):
        yield f"grouped-query attention (num_key_value_heads={n_kv}, {settings.num_attention_heads} heads)"
    if settings.head_dim not in (None, config.head_size):
        yield f"head_dim={settings.head_dim}, ours is {config.head_size}"
    if settings.intermediate_size != config.mlp_hidden_size:
        ours = config.mlp_hidden_size
        yield f"intermediate_size={settings.intermediate_size}, ours is {ours} at this width"
    if settings.hidden_act not in ("silu", "swish"):
        yield f"hidden_act={settings.hidden_act!r}, ours is 'silu'"
    if settings.rms_norm_eps != RMS_NORM_EPS:
        yield f"rms_norm_eps={settings.rms_norm_eps}, ours is {RMS_NORM_EPS}"
    if settings.attention_bias != settings.mlp_bias:
        yield f"attention_bias={settings.attention_bias} beside mlp_bias={settings.mlp_bias}"
    if (kind := settings.rope()["type"]) not in ("default", "linear"):
        yield f"rope scaling of type {kind!r}, ours is linear"
