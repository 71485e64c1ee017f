"""Published GPT-2 weights become a sealed model folder, with our tags behind their vocabulary."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from mypt.config import Section
from mypt.conversation.special_tokens import model_vocab_size
from mypt.errors import CheckpointError
from mypt.files import sha256_file
from mypt.model.checkpoint import read_tensors, save_model
from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT
from mypt.model.gpt2_weights import load_gpt2_weights
from mypt.model.init_weights import init_weights
from mypt.model.presets import PRESETS
from mypt.provenance.artifact import Artifact, open_artifact, staged
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from mypt.tokenizer.registry import save_tokenizer

_HEAD_SIZE = 64  # in every published GPT-2
_VOCAB_MULTIPLE = 128


class ImportRecipe(Section):
    """One import; the weights themselves are bound by digest in the manifest."""

    kind: Literal["import-gpt2"] = "import-gpt2"
    seed: int = 0
    """Decides the rows of ids that GPT-2 does not have."""


def import_gpt2(weights: Path, out: Path, *, replace: bool = False) -> Artifact:
    """Return a model whose logits for GPT-2's ids are those of the published weights.

    Raises CheckpointError when the file does not hold GPT-2's tensors.
    """
    tokenizer, recipe = Gpt2Bpe(), ImportRecipe()
    state = read_tensors(weights)
    model = GPT(gpt2_config(state, str(weights), model_vocab_size(tokenizer)))
    init_weights(model, recipe.seed)
    load_gpt2_weights(model, state, str(weights))
    sources = {weights.name: sha256_file(weights)}
    with staged(out, "model", recipe, sources=sources, replace=replace) as draft:
        save_model(draft.path, model)
        save_tokenizer(draft.path, tokenizer)
        draft.counts["parameters"] = sum(parameter.numel() for parameter in model.parameters())
        draft.environment["torch"] = str(torch.__version__)
    return open_artifact(out, "model")


def gpt2_config(state: Mapping[str, Tensor], where: str, vocab_size: int) -> GPTConfig:
    """Return GPT-2's architecture in the size that its tensors have."""
    plain = {name.removeprefix("transformer."): tensor for name, tensor in state.items()}
    positions = plain.get("wpe.weight")
    layers = {name.split(".")[1] for name in plain if name.startswith("h.")}
    if positions is None or positions.dim() != 2 or not layers:
        raise CheckpointError(
            f"{where}: has no wpe.weight or no h.0, so these are not GPT-2's weights",
            hint="expected the safetensors file of a published GPT-2",
        )
    block_size, n_embd = positions.shape
    sizes = {"block_size": block_size, "n_embd": n_embd, "n_layer": len(layers)}
    heads = {"n_head": max(1, n_embd // _HEAD_SIZE), "vocab_size": vocab_size}
    return PRESETS["gpt2"].model_copy(update={**sizes, **heads, "vocab_multiple": _VOCAB_MULTIPLE})
