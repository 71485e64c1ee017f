"""What one phase of supervised fine-tuning is: a parent model, episodes, and what is measured besides."""

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from mypt.config import Section
from mypt.training.adapt_recipe import RegularizationOverrides, TextRecipe
from mypt.training.data_recipe import Stage, refuse_taken_names
from mypt.training.recipe import TrainingConfig


class SftRecipe(Section):
    """A model learns to converse; architecture and tokenizer are its parent's."""

    kind: Literal["sft"] = "sft"
    init_from: str
    """Folder of the parent model."""
    dataset: str
    """Folder of the tokenised episodes."""
    eval_sets: dict[str, str] = Field(default_factory=dict)
    """Name → dataset whose held-out text is measured, `folder#category` for one category of it, or
    tokenised episodes whose validation split is; what the parents learned belongs here."""
    regularization: RegularizationOverrides = RegularizationOverrides()
    """What of the architecture may differ from the parent."""
    special_rows: bool = False
    """Set the rows of the tags to the mean of the others before the first step: for a parent
    that never saw a tag."""
    max_regression: Annotated[float, Field(ge=0)] = 0.02
    """Rise of an eval set's bits per byte over the parent's from which on it is reported as forgotten."""
    force_learning_rate: bool = False
    """Train at a rate above the parent's highest all the same."""
    training: TrainingConfig
    """How to train; `steps_for` turns epochs into steps."""

    @model_validator(mode="after")
    def _names_and_optimizer_fit(self) -> "SftRecipe":
        refuse_taken_names(self.eval_sets)
        if self.training.optimizer != "adamw":
            raise ValueError(f"training.optimizer={self.training.optimizer}: fine-tuning takes adamw")
        return self

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Return what is read as the one stage that it is."""
        return (Stage(name="sft", dataset=self.dataset),)

    @property
    def dataset_paths(self) -> tuple[str, ...]:
        """Return everything that is read or measured, each once, the episodes first."""
        return tuple(
            dict.fromkeys([self.dataset, *(path.partition("#")[0] for path in self.eval_sets.values())])
        )


TrainingRecipe = TextRecipe | SftRecipe
"""Every recipe that the one engine trains."""


def steps_for(n_rows: int, epochs: float, batch_size: int, grad_accum_steps: int) -> int:
    """Return the steps that read so many epochs of packed rows, the last one begun included.

    Supervised tokens to learn from, divided by `n_supervised` of the rows, are epochs.
    """
    return max(1, math.ceil(n_rows * epochs / (batch_size * grad_accum_steps)))
