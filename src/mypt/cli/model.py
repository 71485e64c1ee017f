"""`mypt model`: architectures by name and by size."""

from dataclasses import replace as changed
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mypt.cli.arguments import Overrides
from mypt.config import load, validate
from mypt.files import read_json
from mypt.model.config import GPTConfig
from mypt.model.presets import PRESETS, preset
from mypt.model.size import StepLoad, count_parameters, flops_per_token, inference_memory, training_memory
from mypt.provenance.manifest import read_manifest
from mypt.training.recipe import PretrainRecipe

_BF16_BYTES = 2
_MB = 1e6


def params(
    model: Annotated[str, Parameter(help="A preset, a pretrain recipe or a model folder.")],
    *,
    batch_size: Annotated[int, Parameter(help="Sequences in a micro-batch, for the memory of training.")] = 1,
    overrides: Overrides = (),
) -> None:
    """Count parameters, FLOPs per token and memory, without building the model."""
    config = _config_of(model, overrides)
    flops = flops_per_token(config, config.block_size)
    use = inference_memory(config)
    rows = [("parameters", f"{count_parameters(config):,}")]
    rows += [
        (
            "shape",
            f"{config.n_layer} layers x {config.n_embd}, {config.n_head} heads, block {config.block_size}",
        ),
        ("vocabulary", f"{config.vocab_size:,} ids in {config.padded_vocab_size:,} rows"),
        ("FLOPs per token", f"{flops.forward_flops:,} forward, {flops.training_flops:,} training"),
        ("", f"{flops.conventional_training_flops:,} by the convention 6N + 12LdT"),
    ]
    load = StepLoad(batch_size, config.block_size, _BF16_BYTES)
    for name, each in (("training, bf16", load), ("  checkpointed", changed(load, checkpointing="full"))):
        memory = training_memory(config, each)
        rows.append((name, f"about {memory.total_bytes / _MB:,.0f} MB at {batch_size} x {config.block_size}"))
    rows += [
        ("inference, fp32", _inference(use.weights_fp32_bytes, use.cache_fp32_bytes_per_1000_tokens)),
        ("inference, bf16", _inference(use.weights_bf16_bytes, use.cache_bf16_bytes_per_1000_tokens)),
    ]
    print("\n".join(f"{name:<16} {value}" for name, value in rows))


def _inference(weights: int, cache: int) -> str:
    return f"{weights / _MB:,.0f} MB weights + {cache / _MB:,.1f} MB cache for 1,000 tokens"


def presets() -> None:
    """List the architectures by name."""
    for name, config in PRESETS.items():
        print(
            f"{name:<15} {count_parameters(config):>13,}  {config.n_layer:>2} layers x {config.n_embd:<4}  "
            f"{config.pos_encoding}, {config.mlp_type}, {config.norm_type}"
        )


def _config_of(model: str, overrides: tuple[str, ...]) -> GPTConfig:
    """Read an architecture from wherever it is said."""
    path = Path(model)
    if path.is_dir():
        read_manifest(path)
        return validate(read_json(path / "config.json"), GPTConfig, str(path / "config.json"))
    if path.is_file():
        return load(path, PretrainRecipe, overrides).model
    return preset(model)
