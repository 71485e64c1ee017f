"""What can be measured by name: the presets, GPT-2 small in modern parts, and small character models."""

from collections.abc import Mapping
from types import MappingProxyType

from mypt.config import did_you_mean
from mypt.errors import ConfigError
from mypt.model.config import GPTConfig
from mypt.model.presets import PRESETS

_CHARACTERS = {"n_head": 6, "vocab_size": 128}

SHAPES: Mapping[str, GPTConfig] = MappingProxyType(
    {
        "char-2M": PRESETS["tiny"].model_copy(
            update={**_CHARACTERS, "n_layer": 4, "n_embd": 192, "block_size": 128}
        ),
        "char-10M": PRESETS["tiny"].model_copy(
            update={**_CHARACTERS, "n_layer": 6, "n_embd": 384, "block_size": 256}
        ),
        "124M": PRESETS["150M"].model_copy(update={"n_layer": 12}),
        **PRESETS,
    }
)

_CPU_SEQUENCES = {"char-2M": 32, "char-10M": 16}
_GPU_SEQUENCES = 16


def shape(name: str) -> GPTConfig:
    """Return the architecture of a name; ConfigError lists the names there are."""
    if name in SHAPES:
        return SHAPES[name]
    raise ConfigError(
        f"{name}: no such shape{did_you_mean(name, SHAPES)}", hint=f"--preset takes {', '.join(SHAPES)}"
    )


def usual_batch_size(name: str, device_type: str) -> int:
    """Return how many sequences are measured at a time when nobody says."""
    return _CPU_SEQUENCES.get(name, 1) if device_type == "cpu" else _GPU_SEQUENCES
