"""A sealed model folder as a whole: its manifest, its weights and the tokenizer beside them."""

from dataclasses import dataclass
from pathlib import Path

from mypt.conversation.special_tokens import SPECIAL_TOKENS, model_vocab_size
from mypt.errors import ManifestMismatch
from mypt.model.checkpoint import load_sealed_model
from mypt.model.gpt import GPT
from mypt.provenance.artifact import Artifact
from mypt.provenance.manifest import read_manifest
from mypt.tokenizer.registry import load_tokenizer
from mypt.tokenizer.tokenizer import Tokenizer

ROWS_ADDED = "rows_added"
"""The count in the manifest of an imported model that says how many ids nobody has trained."""
_BASE_RECIPES = frozenset({"pretrain", "adapt"})


@dataclass(frozen=True)
class ModelFolder:
    """A model and what belongs to it."""

    artifact: Artifact
    model: GPT
    tokenizer: Tokenizer

    @property
    def is_base(self) -> bool:
        """Whether it has only read text, so that its tags mean nothing yet."""
        manifest = self.artifact.manifest
        return manifest.recipe.get("kind") in _BASE_RECIPES or manifest.counts.get(ROWS_ADDED, 0) >= len(
            SPECIAL_TOKENS
        )


def open_model_folder(folder: Path) -> ModelFolder:
    """Return a sealed model, every file verified; ManifestMismatch when its parts do not belong together."""
    model = load_sealed_model(folder)
    tokenizer = load_tokenizer(folder)
    if model.config.vocab_size != model_vocab_size(tokenizer):
        raise ManifestMismatch(
            f"{folder}: the model has {model.config.vocab_size} ids, "
            f"its tokenizer and the tags have {model_vocab_size(tokenizer)}"
        )
    return ModelFolder(Artifact(folder, read_manifest(folder)), model, tokenizer)
