"""Checkpoints of the earlier MyPT: read without running code, and as weights under our names.

It had two generations. The first kept each attention head apart, and its feed-forward
was ReLU; the second fused them, and had the exact GELU or SwiGLU. Both always had a
bias on the head, and biases in LayerNorm and the plain feed-forward.
"""

import pickle
import struct
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import Field, PositiveFloat, PositiveInt
from torch import Tensor

from mypt.config import Section, validate
from mypt.errors import CheckpointError, InputError, UserError
from mypt.files import read_json
from mypt.interchange.layout import Layout, Part, refuse_other_sizes
from mypt.model.checkpoint import refuse_mismatch
from mypt.model.config import GPTConfig, MlpType

WEIGHTS_NAME = "model.pt"
CONFIG_NAME = "config.json"
TOKENIZER_NAME = "tokenizer.json"
_EMBEDDING, _HEAD = "token_embedding_table.weight", "lm_head.weight"
_TORN = (
    OSError, RuntimeError, EOFError, ValueError, LookupError, TypeError, AttributeError, AssertionError,
    ArithmeticError, MemoryError, struct.error,
)  # fmt: skip
"""What torch raises for damaged bytes, beside what says that they are unsafe."""


class LegacyConfig(Section, extra="ignore"):
    """What of the earlier configuration changes what the weights mean."""

    block_size: PositiveInt
    vocab_size: PositiveInt
    n_embd: PositiveInt
    n_head: PositiveInt
    n_layer: PositiveInt
    dropout: float = Field(default=0.2, ge=0.0, lt=1.0)
    bias: bool = False
    tie_weights: bool = False
    pos_encoding: Literal["learned", "rope"] = "learned"
    mlp_type: Literal["gelu", "swiglu"] = "gelu"
    norm_type: Literal["layernorm", "rmsnorm"] = "layernorm"
    rope_theta: PositiveFloat = 10000.0
    rope_scale: PositiveFloat = 1.0


@dataclass(frozen=True)
class LegacyCheckpoint:
    """A checkpoint as it was found."""

    where: str
    config: LegacyConfig
    weights: dict[str, Tensor]
    tokenizer: Mapping[str, Any] | None
    files: list[Path]

    @property
    def has_separate_heads(self) -> bool:
        """Whether it is of the first generation."""
        return any(".sa.heads." in name for name in self.weights)


def read_legacy(path: Path) -> LegacyCheckpoint:
    """Return the checkpoint in a folder or in a single `.pt` file.

    Raises InputError when it is none, and CheckpointError when it is torn or asks to run code.
    """
    if path.name == WEIGHTS_NAME and (path.parent / CONFIG_NAME).is_file():
        path = path.parent
    if path.is_dir():
        return _read_folder(path)
    content = _load(path)
    if not {"config", "model_state_dict"} <= content.keys():
        raise InputError(
            f"{path}: has no `config` and `model_state_dict`, so it is no checkpoint of the earlier MyPT",
            hint=f"give a folder that holds {WEIGHTS_NAME} and {CONFIG_NAME}",
        )
    return _checkpoint(path, content["config"], content["model_state_dict"], content.get("tokenizer"), [path])


def our_config(found: LegacyCheckpoint) -> GPTConfig:
    """Return the architecture of a checkpoint, with as many ids as its embedding has rows."""
    config, mlp_type = found.config, _mlp_type(found)
    has_biases = config.bias or config.norm_type == "layernorm" or mlp_type != "swiglu"
    return validate(
        {
            **config.model_dump(exclude={"mlp_type", "bias"}),
            "mlp_type": mlp_type,
            "bias": has_biases or found.has_separate_heads,
            "head_bias": True,
        },
        GPTConfig,
        found.where,
    )


def our_weights(found: LegacyCheckpoint, config: GPTConfig) -> dict[str, Tensor]:
    """Return the weights under our names; a bias that the layer did not have is zero.

    Raises CheckpointError unless they are exactly those of the configuration.
    """
    layout = _layout(found)
    weights = {name: tensor for name, tensor in found.weights.items() if not name.endswith(".tril")}
    if config.tie_weights and _is_same(weights.get(_HEAD), weights.get(_EMBEDDING)):
        del weights[_HEAD]
    n_layer = len({name.split(".")[1] for name in weights if name.startswith("blocks.")})
    refuse_other_sizes(found.where, config, n_layer, weights.get(_EMBEDDING))
    expected = layout.expected(config)
    absent = _absent_biases(found)
    theirs = {
        name: tensor
        for name, tensor in expected.items()
        if not (name.endswith(".bias") and any(part in name for part in absent))
    }
    refuse_mismatch(found.where, theirs, weights)
    zeros = {name: torch.zeros(tensor.shape) for name, tensor in expected.items() if name not in theirs}
    return layout.to_ours({**weights, **zeros}, config.n_layer)


def _read_folder(path: Path) -> LegacyCheckpoint:
    missing = [name for name in (WEIGHTS_NAME, CONFIG_NAME) if not (path / name).is_file()]
    if missing:
        single = sorted(file.name for file in path.glob("*.pt") if file.name != WEIGHTS_NAME)
        hint = f"give one of its files: {', '.join(single)}" if single else "give the checkpoint's folder"
        raise InputError(f"{path}: has no {missing[0]}", hint=hint)
    content = _load(path / WEIGHTS_NAME)
    files = [path / WEIGHTS_NAME, path / CONFIG_NAME]
    tokenizer = None
    if (path / TOKENIZER_NAME).is_file():
        files.append(path / TOKENIZER_NAME)
        tokenizer = read_json(path / TOKENIZER_NAME)
    return _checkpoint(
        path, read_json(path / CONFIG_NAME), content.get("state_dict", content), tokenizer, files
    )


def _load(path: Path) -> dict[str, Any]:
    """Return the object in a file of torch's, of plain values and tensors alone."""
    if not path.is_file():
        raise InputError(f"{path}: no such file", hint="give a checkpoint of the earlier MyPT")
    try:
        with warnings.catch_warnings(action="ignore"):  # torch guesses what a stranger may mean
            content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        first = str(error).partition("\n")[0]
        raise CheckpointError(
            f"{path}: holds more than tensors and plain values, so it is not loaded: {first}", hint=_UNSAFE
        ) from error
    except _TORN as error:
        raise CheckpointError(f"{path}: cannot be read by torch: {error}", hint=_COPY) from error
    if not isinstance(content, dict):
        raise InputError(
            f"{path}: holds a {type(content).__name__}, expected named weights", hint="give a checkpoint"
        )
    return content


def _checkpoint(
    path: Path, config: object, weights: object, tokenizer: object, files: list[Path]
) -> LegacyCheckpoint:
    is_named = isinstance(weights, dict) and all(
        isinstance(name, str) and isinstance(tensor, Tensor) for name, tensor in weights.items()
    )
    if not isinstance(weights, dict) or not is_named:
        raise CheckpointError(f"{path}: its weights are not tensors by name", hint=_COPY)
    if not isinstance(config, dict):
        raise CheckpointError(f"{path}: its config is a {type(config).__name__}, expected an object")
    if tokenizer is not None and not isinstance(tokenizer, dict):
        raise CheckpointError(f"{path}: its tokenizer is a {type(tokenizer).__name__}, expected an object")
    try:
        read = validate(config, LegacyConfig, str(path))
    except UserError as error:
        raise CheckpointError(error.message, hint="the configuration is damaged") from error
    return LegacyCheckpoint(str(path), read, dict(weights), tokenizer, files)


def _mlp_type(found: LegacyCheckpoint) -> MlpType:
    if found.config.mlp_type == "swiglu":
        return "swiglu"
    return "relu" if found.has_separate_heads else "gelu_exact"


def _layout(found: LegacyCheckpoint) -> Layout:
    heads = [f"sa.heads.{number}" for number in range(found.config.n_head)]
    separate = [f"{head}.{part}" for part in ("query", "key", "value") for head in heads]
    is_gated = found.config.mlp_type == "swiglu"
    return Layout(
        top={
            "token_embedding.weight": _EMBEDDING,
            "position_encoding.table.weight": "position_embedding_table.weight",
            "final_norm.weight": "ln_f.weight",
            "final_norm.bias": "ln_f.bias",
            "unembedding.weight": _HEAD,
            "head_bias": "lm_head.bias",
        },
        block_prefix="blocks.{}.",
        block=(
            Part("attention_norm", ("ln1",)),
            Part("attention.qkv", tuple(separate) if found.has_separate_heads else ("sa.qkv",)),
            Part("attention.output", ("sa.proj",)),
            Part("mlp_norm", ("ln2",)),
            Part("mlp.gate_up", ("fwd.w_gate", "fwd.w_up")) if is_gated else Part("mlp.up", ("fwd.net.0",)),
            Part("mlp.down", ("fwd.w_down",) if is_gated else ("fwd.net.2",)),
        ),
    )


def _absent_biases(found: LegacyCheckpoint) -> list[str]:
    """Return the layers that had no bias where a model of ours with biases has one."""
    absent = [".fwd.w_"]
    if not found.config.bias:
        absent += [".sa.qkv.", ".sa.heads."]
        absent += [] if found.has_separate_heads else [".sa.proj."]
    return absent


def _is_same(head: Tensor | None, embedding: Tensor | None) -> bool:
    return head is not None and embedding is not None and torch.equal(head, embedding)


_UNSAFE = "load it with the earlier MyPT, which you trust, and save the weights again from there"
_COPY = "copy the file again from where it is whole"
