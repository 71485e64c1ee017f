"""What one domain adaptation is: a parent model, the domain's text, and what must not be forgotten."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from mypt.config import Section
from mypt.training.data_recipe import DataRecipe, DatasetShare, Stage
from mypt.training.recipe import PretrainRecipe, TrainingConfig


class Replay(Section):
    """Earlier text that is mixed in against forgetting."""

    dataset: str
    """Folder of a dataset like the one that the parent was trained on."""
    share: Annotated[float, Field(gt=0, lt=1)] = 0.2
    """Its share of all sequences."""


class Freeze(Section):
    """What keeps the parent's weights."""

    embeddings: bool = False
    """Token and position embeddings; a tied head is the token embedding and is frozen with it."""
    blocks: Annotated[int, Field(ge=0)] = 0
    """So many blocks, from the first one on."""


class RegularizationOverrides(Section):
    """The only settings of the parent's architecture that may differ."""

    dropout: Annotated[float, Field(ge=0, lt=1)] | None = None
    """Share of values dropped in training; the parent's when not set."""
    neftune_alpha: Annotated[float | None, Field(ge=0, exclude_if=lambda alpha: alpha is None)] = None
    """Noise on token embeddings in training; the parent's when not set."""


class Forgetting(Section):
    """The gate against forgetting: how much worse general text may be predicted than by the parent."""

    categories: Annotated[tuple[str, ...], Field(min_length=1)] = ("general",)
    """Eval sets that must not become worse."""
    max_regression: Annotated[float, Field(ge=0)] = 0.02
    """Largest rise of bits per byte over the parent's; the upper end of the interval must be below it."""


class AdaptRecipe(DataRecipe):
    """A model goes on learning, from the text of a domain."""

    kind: Literal["adapt"] = "adapt"
    init_from: str
    """Folder of the parent model; its architecture and tokenizer are taken over."""
    replay: Replay | None = None
    """Earlier text, in every stage."""
    freeze: Freeze = Freeze()
    """What is not trained."""
    regularization: RegularizationOverrides = RegularizationOverrides()
    """What of the architecture may differ from the parent."""
    forgetting: Forgetting = Forgetting()
    """The gate that the result must pass."""
    max_rate_factor: Annotated[float, Field(gt=0)] = 3.0
    """A learning rate above the parent's last one times this is refused."""
    force_learning_rate: bool = False
    """Train at a refused learning rate all the same."""
    training: TrainingConfig
    """How to train."""

    @model_validator(mode="after")
    def _gate_can_be_judged(self) -> "AdaptRecipe":
        missing = sorted(set(self.forgetting.categories) - self.eval_sets.keys())
        if missing:
            raise ValueError(
                f"forgetting.categories names {missing[0]!r}, which is not in eval_sets: "
                "without held-out general text nobody can say what was forgotten"
            )
        return self

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Return the stages with the replayed text mixed in."""
        return tuple(self._with_replay(stage) for stage in super().stages)

    def _with_replay(self, stage: Stage) -> Stage:
        if self.replay is None:
            return stage
        total = sum(share.weight for share in stage.shares)
        own = [
            share.model_copy(update={"weight": share.weight / total * (1 - self.replay.share)})
            for share in stage.shares
        ]
        replayed = DatasetShare(dataset=self.replay.dataset, weight=self.replay.share)
        return stage.model_copy(update={"dataset": None, "mixture": (*own, replayed)})


TextRecipe = PretrainRecipe | AdaptRecipe
"""Every recipe that learns from token datasets."""
