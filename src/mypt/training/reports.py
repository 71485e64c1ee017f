"""What a run measures, as plain values: one report a step, one a validation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

HELD_OUT = "held_out"
"""The category of the held-out text of what is trained on; GOLD follows it."""
TRAIN = "train"
"""The category of fixed windows of the training text, measured like held-out text."""
COPY = "copy"
"""The category of repeated random sequences: the score of copying (induction)."""

Verdict = Literal["good", "overflow", "nonfinite", "spike"]
"""Of a step. All but `good` left the weights as they were; `overflow` is fp16 looking for its scale."""


@dataclass(frozen=True)
class StepReport:
    """What one step measured."""

    step: int
    """Steps done, this one included."""
    loss: float
    """Nats per token."""
    learning_rate: float
    grad_norm: float
    tokens: int
    """Tokens trained on since the start of the run."""
    stage: str
    """Name of the curriculum's stage."""
    verdict: Verdict = "good"
    seconds: float = 0.0
    """Wall time of the step; not part of what is evidence."""
    data_seconds: float = 0.0
    """Of it, waiting for data."""


@dataclass(frozen=True)
class CategoryLoss:
    """How well the model predicts the windows of one category."""

    bits_per_byte: float
    nats_per_token: float
    n_tokens: int
    n_bytes: int
    accuracy: float | None = None
    """Share of tokens whose most likely prediction is right, where that is measured."""


@dataclass(frozen=True)
class PartLoss:
    """How well the model predicts one part of what it writes."""

    nats_per_token: float
    accuracy: float
    """Share of tokens whose most likely prediction is right."""
    n_tokens: int


@dataclass(frozen=True)
class ValidationReport:
    """Every category after `step` steps."""

    step: int
    categories: Mapping[str, CategoryLoss] = field(default_factory=dict)
    parts: Mapping[str, PartLoss] = field(default_factory=dict)
    """Of held-out episodes: text, think, cite, toolcall, and each tag that the model writes."""

    @property
    def held_out(self) -> CategoryLoss:
        """Return the loss on the held-out text of what is trained on."""
        return self.categories[HELD_OUT]

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "ValidationReport":
        """Return what `dataclasses.asdict` made plain."""
        categories = {name: CategoryLoss(**loss) for name, loss in value["categories"].items()}
        parts = {name: PartLoss(**loss) for name, loss in value.get("parts", {}).items()}
        return cls(step=value["step"], categories=categories, parts=parts)
