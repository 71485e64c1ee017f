"""A model folder, loaded for use at the terminal."""

from dataclasses import dataclass
from pathlib import Path

from mypt.conversation.special_tokens import model_vocab_size
from mypt.errors import ManifestMismatch
from mypt.inference.torch_engine import TorchEngine
from mypt.model.checkpoint import load_sealed_model
from mypt.provenance.manifest import read_manifest
from mypt.tokenizer.registry import load_tokenizer
from mypt.tokenizer.tokenizer import Tokenizer


@dataclass(frozen=True)
class LoadedModel:
    """An engine and the tokenizer that lies beside its weights."""

    engine: TorchEngine
    tokenizer: Tokenizer
    is_base: bool
    """True for a model that has only read text and never learned to answer."""


def load_for_use(folder: Path) -> LoadedModel:
    """Return a sealed model, verified; ManifestMismatch when it is not whole."""
    model = load_sealed_model(folder)
    tokenizer = load_tokenizer(folder)
    if model.config.vocab_size != model_vocab_size(tokenizer):
        raise ManifestMismatch(
            f"{folder}: the model has {model.config.vocab_size} ids, "
            f"its tokenizer and the tags have {model_vocab_size(tokenizer)}"
        )
    is_base = read_manifest(folder).recipe.get("kind") in ("pretrain", "import-gpt2")
    return LoadedModel(TorchEngine(model), tokenizer, is_base)
