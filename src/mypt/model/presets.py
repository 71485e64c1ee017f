"""The named model sizes, as one table."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mypt.config import did_you_mean
from mypt.errors import ConfigError
from mypt.model.config import GPTConfig

_MODERN: dict[str, Any] = {
    "block_size": 1024,
    "vocab_size": 50276,  # GPT-2's 50257 and the 19 tags
    "vocab_multiple": 128,
    "dropout": 0.1,
    "bias": False,
    "tie_weights": True,
    "pos_encoding": "rope",
    "mlp_type": "swiglu",
    "norm_type": "rmsnorm",
}
_TINY: dict[str, Any] = {"n_layer": 4, "n_embd": 192, "n_head": 6, "block_size": 256, "dropout": 0.0}

PRESETS: Mapping[str, GPTConfig] = MappingProxyType(
    {
        "tiny": GPTConfig(**{**_MODERN, **_TINY}),
        "tiny-gpt2style": GPTConfig(**{**_TINY, "vocab_size": 50276, "vocab_multiple": 128}),
        "gpt2": GPTConfig(),
        "150M": GPTConfig(**_MODERN, n_layer=16, n_embd=768, n_head=12),
        "350M": GPTConfig(**_MODERN, n_layer=24, n_embd=1024, n_head=16),
        "750M": GPTConfig(**_MODERN, n_layer=32, n_embd=1280, n_head=20),
        "1.5B": GPTConfig(**_MODERN, n_layer=48, n_embd=1600, n_head=25),
    }
)


def preset(name: str) -> GPTConfig:
    """Return the model of a name; ConfigError lists the names there are."""
    if name in PRESETS:
        return PRESETS[name]
    raise ConfigError(
        f"{name}: no such model preset{did_you_mean(name, PRESETS)}", hint=f"presets: {', '.join(PRESETS)}"
    )
