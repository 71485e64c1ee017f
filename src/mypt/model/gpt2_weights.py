"""Public GPT-2 weights into our model, unchanged."""

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from mypt.errors import CheckpointError, InputError
from mypt.model.checkpoint import read_tensors, refuse_mismatch
from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT

_NAMES = (
    (r"^wte\.weight$", "token_embedding.weight"),
    (r"^wpe\.weight$", "position_encoding.table.weight"),
    (r"^ln_f\.", "final_norm."),
    (r"^h\.(\d+)\.ln_1\.", r"blocks.\1.attention_norm."),
    (r"^h\.(\d+)\.attn\.c_attn\.", r"blocks.\1.attention.qkv."),
    (r"^h\.(\d+)\.attn\.c_proj\.", r"blocks.\1.attention.output."),
    (r"^h\.(\d+)\.ln_2\.", r"blocks.\1.mlp_norm."),
    (r"^h\.(\d+)\.mlp\.c_fc\.", r"blocks.\1.mlp.up."),
    (r"^h\.(\d+)\.mlp\.c_proj\.", r"blocks.\1.mlp.down."),
)
_TRANSPOSED = re.compile(r"\.(c_attn|c_proj|c_fc)\.weight$")  # GPT-2 keeps them as (in, out)
_MASK_BUFFERS = re.compile(r"^h\.\d+\.attn\.(masked_)?bias$")
_TOKENS = "token_embedding.weight"
_POSITIONS = "position_encoding.table.weight"
_ARCHITECTURE = {
    "pos_encoding": "learned",
    "mlp_type": "gelu",
    "norm_type": "layernorm",
    "bias": True,
    "tie_weights": True,
}


def load_gpt2_file(model: GPT, path: Path) -> None:
    """Fill a model from a GPT-2 safetensors file, as `load_gpt2_weights` does."""
    load_gpt2_weights(model, read_tensors(path), str(path))


@torch.no_grad()
def load_gpt2_weights(model: GPT, state: Mapping[str, Tensor], where: str = "GPT-2 weights") -> None:
    """Fill a model from weights in the public naming of GPT-2.

    Embedding rows that GPT-2 does not have keep what they hold; positions
    behind the model's block_size are left out. Raises InputError for another
    architecture, and CheckpointError for weights that do not fit.
    """
    _refuse_other_architecture(model.config)
    weights = _rename(state, where)
    expected = model.state_dict()
    fitted = _fit_rows(weights, expected)
    refuse_mismatch(where, expected, fitted)
    model.load_state_dict(fitted)


def _rename(state: Mapping[str, Tensor], where: str) -> dict[str, Tensor]:
    """Return the weights under our names and in our orientation."""
    plain = {name.removeprefix("transformer."): tensor for name, tensor in state.items()}
    head = plain.pop("lm_head.weight", None)
    if head is not None and not torch.equal(head, plain.get("wte.weight", head)):
        raise CheckpointError(f"{where}: lm_head.weight is not wte.weight; GPT-2's head is tied")
    return {
        _our_name(name): tensor.t() if _TRANSPOSED.search(name) else tensor
        for name, tensor in plain.items()
        if not _MASK_BUFFERS.match(name)
    }


def _our_name(name: str) -> str:
    for pattern, ours in _NAMES:
        if re.search(pattern, name):
            return re.sub(pattern, ours, name)
    return name


def _fit_rows(weights: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights with our rows behind GPT-2's tokens, and without positions that we do not have."""
    fitted = dict(weights)
    if _POSITIONS in weights:
        fitted[_POSITIONS] = weights[_POSITIONS][: len(expected[_POSITIONS])]
    tokens, rows = weights.get(_TOKENS), expected[_TOKENS]
    if tokens is not None and tokens.shape[1:] == rows.shape[1:]:
        fitted[_TOKENS] = torch.cat((tokens, rows[len(tokens) :]))
    return fitted


def _refuse_other_architecture(config: GPTConfig) -> None:
    for key, value in _ARCHITECTURE.items():
        if getattr(config, key) != value:
            raise InputError(
                f"GPT-2's weights need {key}={value!r}, this model has {getattr(config, key)!r}",
                hint="start from the preset gpt2",
            )
