"""Checkpoints as the earlier MyPT wrote them, and its arithmetic, written down a second time."""

import json
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

CONFIG: dict[str, Any] = {
    "batch_size": 4, "block_size": 16, "vocab_size": 50304, "n_embd": 16, "n_head": 2, "n_layer": 2,
    "dropout": 0.2, "bias": False, "device": "cuda", "tie_weights": False, "pos_encoding": "learned",
    "mlp_type": "gelu", "norm_type": "layernorm", "rope_theta": 10000.0, "rope_scale": 1.0,
    "epoch_seed": 1337,
}  # fmt: skip
MODERN = {"pos_encoding": "rope", "mlp_type": "swiglu", "norm_type": "rmsnorm", "tie_weights": True}
_HIDDEN = 64  # of both feed-forwards at this width


def make_weights(config: dict[str, Any], *, separate_heads: bool = False) -> dict[str, Tensor]:
    """Return random weights under the earlier names."""
    generator = torch.Generator().manual_seed(0)
    weights = {
        name: torch.empty(shape).normal_(
            float(name.endswith("weight") and len(shape) == 1), 0.2, generator=generator
        )
        for name, shape in _shapes(config, separate_heads=separate_heads).items()
    }
    if separate_heads:
        tril = torch.ones(16, 16).tril()
        weights |= {
            name.replace("key.weight", "tril"): tril for name in weights if name.endswith("key.weight")
        }
    if config["tie_weights"]:
        weights["lm_head.weight"] = weights["token_embedding_table.weight"]
    return weights


def _shapes(config: dict[str, Any], *, separate_heads: bool) -> dict[str, tuple[int, ...]]:
    width, rows = config["n_embd"], config["vocab_size"]
    norm = ("weight", "bias") if config["norm_type"] == "layernorm" else ("weight",)
    shapes: dict[str, tuple[int, ...]] = {"token_embedding_table.weight": (rows, width)}
    if config["pos_encoding"] == "learned":
        shapes["position_embedding_table.weight"] = (config["block_size"], width)
    for number in range(config["n_layer"]):
        block = f"blocks.{number}"
        shapes |= _attention_shapes(config, f"{block}.sa", separate_heads=separate_heads)
        shapes |= _feed_forward_shapes(config, f"{block}.fwd")
        shapes |= {f"{block}.{name}.{leaf}": (width,) for name in ("ln1", "ln2") for leaf in norm}
    return shapes | {f"ln_f.{leaf}": (width,) for leaf in norm} | _linear_shapes("lm_head", rows, width)


def _attention_shapes(
    config: dict[str, Any], name: str, *, separate_heads: bool
) -> dict[str, tuple[int, ...]]:
    width, n_head, bias = config["n_embd"], config["n_head"], config["bias"]
    if not separate_heads:
        qkv = _linear_shapes(f"{name}.qkv", 3 * width, width, bias=bias)
        return qkv | _linear_shapes(f"{name}.proj", width, width, bias=bias)
    shapes = _linear_shapes(f"{name}.proj", width, width)
    for head in range(n_head):
        for part in ("key", "query", "value"):
            shapes |= _linear_shapes(f"{name}.heads.{head}.{part}", width // n_head, width, bias=bias)
    return shapes


def _feed_forward_shapes(config: dict[str, Any], name: str) -> dict[str, tuple[int, ...]]:
    width = config["n_embd"]
    if config["mlp_type"] == "gelu":
        return _linear_shapes(f"{name}.net.0", _HIDDEN, width) | _linear_shapes(
            f"{name}.net.2", width, _HIDDEN
        )
    sizes = {"w_gate": (_HIDDEN, width), "w_up": (_HIDDEN, width), "w_down": (width, _HIDDEN)}
    return {f"{name}.{part}.weight": size for part, size in sizes.items()}


def _linear_shapes(name: str, n_out: int, n_in: int, *, bias: bool = True) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (n_out, n_in)} | ({f"{name}.bias": (n_out,)} if bias else {})


def tokenizer_state(kind: str = "gpt2", **changes: Any) -> dict[str, Any]:
    """Return what stands in its tokenizer.json."""
    sizes = {"base_vocab_size": 50257, "model_vocab_size": 50304}
    return {"token_kind": kind, "chars": None, **sizes, **changes}


def write_folder(
    folder: Path, config: dict[str, Any], weights: dict[str, Tensor], *, dtype: torch.dtype | None = None
) -> Path:
    """Write model.pt, config.json and tokenizer.json; with a dtype in the later form of model.pt."""
    folder.mkdir(parents=True)
    content: dict[str, Any] = dict(weights)
    if dtype is not None:
        cast = {name: tensor.to(dtype) for name, tensor in weights.items()}
        content = {"state_dict": cast, "checkpoint_dtype": "bf16", "model_dtype": "float32"}
    torch.save(content, folder / "model.pt")
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer_state()), encoding="utf-8")
    return folder


def write_single(
    path: Path, config: dict[str, Any], weights: dict[str, Tensor], tokenizer: dict[str, Any] | None = None
) -> Path:
    """Write everything as one `.pt`, as the first versions did."""
    content = {
        "model_state_dict": weights,
        "config": config,
        "tokenizer": tokenizer or tokenizer_state(),
        "step": 7,
        "optimizer_state_dict": {"state": {0: {"step": torch.tensor(7.0)}}, "param_groups": [{"lr": 1e-3}]},
    }
    torch.save(content, path)
    return path


def legacy_logits(config: dict[str, Any], weights: dict[str, Tensor], ids: Tensor) -> Tensor:
    """Return what the earlier model answers, from its weights under its own names."""
    x = weights["token_embedding_table.weight"][ids]
    if config["pos_encoding"] == "learned":
        x = x + weights["position_embedding_table.weight"][: ids.shape[1]]
    for number in range(config["n_layer"]):
        block = f"blocks.{number}"
        x = x + _attention(config, weights, f"{block}.sa", _norm(config, weights, f"{block}.ln1", x))
        x = x + _feed_forward(config, weights, block, _norm(config, weights, f"{block}.ln2", x))
    return _linear(weights, "lm_head", _norm(config, weights, "ln_f", x))


def _linear(weights: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    return F.linear(x, weights[f"{name}.weight"], weights.get(f"{name}.bias"))


def _norm(config: dict[str, Any], weights: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    if config["norm_type"] == "layernorm":
        return F.layer_norm(x, x.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"], 1e-5)
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * weights[f"{name}.weight"]


def _attention(config: dict[str, Any], weights: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    heads = []
    for head in range(config["n_head"]):
        q, k, v = _projections(config, weights, name, head, x)
        if config["pos_encoding"] == "rope":
            q, k = _turned(config, q), _turned(config, k)
        scores = q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5
        ahead = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        heads.append(scores.masked_fill(ahead, float("-inf")).softmax(-1) @ v)
    return _linear(weights, f"{name}.proj", torch.cat(heads, dim=-1))


def _projections(
    config: dict[str, Any], weights: dict[str, Tensor], name: str, head: int, x: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    if f"{name}.qkv.weight" not in weights:
        parts = [_linear(weights, f"{name}.heads.{head}.{part}", x) for part in ("query", "key", "value")]
        return parts[0], parts[1], parts[2]
    size = config["n_embd"] // config["n_head"]
    q, k, v = _linear(weights, f"{name}.qkv", x).chunk(3, dim=-1)
    chosen = slice(head * size, (head + 1) * size)
    return q[..., chosen], k[..., chosen], v[..., chosen]


def _turned(config: dict[str, Any], x: Tensor) -> Tensor:
    half = x.shape[-1] // 2
    frequencies = config["rope_theta"] ** (-torch.arange(half) * 2.0 / x.shape[-1])
    angles = (torch.arange(x.shape[1]) / config["rope_scale"])[:, None] * frequencies
    first, second = x[..., :half], x[..., half:]
    return torch.cat(
        (first * angles.cos() - second * angles.sin(), second * angles.cos() + first * angles.sin()), dim=-1
    )


def _feed_forward(config: dict[str, Any], weights: dict[str, Tensor], block: str, x: Tensor) -> Tensor:
    if config["mlp_type"] == "swiglu":
        gate = F.silu(_linear(weights, f"{block}.fwd.w_gate", x))
        return _linear(weights, f"{block}.fwd.w_down", gate * _linear(weights, f"{block}.fwd.w_up", x))
    hidden = _linear(weights, f"{block}.fwd.net.0", x)
    is_first_generation = f"{block}.sa.heads.0.key.weight" in weights
    hidden = hidden.relu() if is_first_generation else 0.5 * hidden * (1 + torch.erf(hidden / 2**0.5))
    return _linear(weights, f"{block}.fwd.net.2", hidden)
