"""A model folder, loaded for use at the terminal."""

from dataclasses import dataclass
from pathlib import Path

from mypt.inference.torch_engine import TorchEngine
from mypt.model.model_folder import open_model_folder
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
    opened = open_model_folder(folder)
    return LoadedModel(TorchEngine(opened.model), opened.tokenizer, opened.is_base)
