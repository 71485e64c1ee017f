"""The model that a run starts from: fresh weights, or a parent's."""

from dataclasses import dataclass
from pathlib import Path

from mypt.conversation.special_tokens import model_vocab_size
from mypt.errors import ConfigError
from mypt.model.checkpoint import load_sealed_model, read_config
from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT
from mypt.model.init_weights import init_weights
from mypt.provenance.artifact import Artifact, open_artifact
from mypt.seeds import derive_seed
from mypt.tokenizer.tokenizer import Tokenizer
from mypt.training.adapt_recipe import AdaptRecipe
from mypt.training.freezing import freeze
from mypt.training.lr_finder import refuse_unsafe
from mypt.training.recipe import PretrainRecipe, TrainingConfig
from mypt.training.schedule import learning_rate
from mypt.training.sft_recipe import SftRecipe, TrainingRecipe
from mypt.training.special_rows import set_special_rows


@dataclass(frozen=True)
class Parent:
    """A sealed model that another one starts from."""

    artifact: Artifact

    @property
    def final_rate(self) -> float | None:
        """Return the learning rate of its last step, or None when its recipe does not say it."""
        config = self._training
        return None if config is None else learning_rate(config.steps - 1, config)

    @property
    def highest_rate(self) -> float | None:
        """Return the highest learning rate that it was trained at, or None when its recipe says none."""
        return None if self._training is None else self._training.learning_rate

    @property
    def _training(self) -> TrainingConfig | None:
        training = self.artifact.manifest.recipe.get("training")
        return None if training is None else TrainingConfig.model_validate(training)


def open_parent(recipe: TrainingRecipe, *, any_rate: bool = False) -> Parent | None:
    """Return the parent of a recipe that has one, its files checked.

    Raises ManifestMismatch when it is not whole, and ConfigError for a learning rate
    that is not safe for it, unless any is.
    """
    if isinstance(recipe, PretrainRecipe):
        return None
    parent = Parent(open_artifact(Path(recipe.init_from), "model"))
    if isinstance(recipe, SftRecipe):
        _refuse_higher_rate(recipe, parent)
        return parent
    refuse_unsafe(
        recipe.training.learning_rate, parent.final_rate, recipe.max_rate_factor,
        forced=recipe.force_learning_rate or any_rate,
    )  # fmt: skip
    return parent


def _refuse_higher_rate(recipe: SftRecipe, parent: Parent) -> None:
    """Raise ConfigError for a learning rate above all that the parent met, unless that is forced."""
    rate, highest = recipe.training.learning_rate, parent.highest_rate
    if recipe.force_learning_rate or highest is None or rate <= highest:
        return
    raise ConfigError(
        f"training.learning_rate={rate:g} is above {highest:g}, the highest that the parent was trained at, "
        "so it would forget",
        hint=f"--set training.learning_rate={highest:g}, or --set force_learning_rate=true",
    )


def architecture(recipe: TrainingRecipe, tokenizer: Tokenizer) -> GPTConfig:
    """Return the architecture of what a recipe trains."""
    if isinstance(recipe, PretrainRecipe):
        return recipe.model.with_vocabulary(model_vocab_size(tokenizer))
    config = read_config(Path(recipe.init_from))
    asked = recipe.regularization
    values = {"dropout": asked.dropout, "neftune_alpha": asked.neftune_alpha}
    return config.model_copy(update={name: value for name, value in values.items() if value is not None})


def make_model(recipe: TrainingRecipe, tokenizer: Tokenizer) -> GPT:
    """Return the model before its first step, on the CPU in fp32."""
    model = GPT(architecture(recipe, tokenizer))
    if isinstance(recipe, PretrainRecipe):
        return init_weights(model, derive_seed(recipe.training.seed, "weights"))
    model.load_state_dict(load_sealed_model(Path(recipe.init_from)).state_dict())
    if isinstance(recipe, AdaptRecipe):
        freeze(model, embeddings=recipe.freeze.embeddings, blocks=recipe.freeze.blocks)
    elif recipe.special_rows:
        set_special_rows(model, tokenizer.base_vocab_size, derive_seed(recipe.training.seed, "special rows"))
    return model
