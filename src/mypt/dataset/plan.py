"""The rules of one dataset: what is held out, how much of each source is taken, how many shards there are."""

from typing import Any

from mypt.config import Section

PLAN_NAME = "plan.json"


class HoldOutRule(Section):
    """Which documents of one category and language are held out; a new document moves no other one."""

    category: str
    """Category of the documents that it decides about."""
    language: str
    """Their language."""
    largest_key: int
    """Held out is what draws no more than this number of 64 bits, ..."""
    most_bytes: int
    """... and is no larger than this, so that one document cannot be the whole hold-out."""


class SourceDraw(Section):
    """How much of one source is taken: the line of the token ledger."""

    source: str
    """Name of the source."""
    weight: float
    """Its weight in the mixture; without one, its tokens."""
    available: int
    """Tokens of its documents that may be trained on."""
    taken: int
    """Tokens that the training split has of it, repeated ones included."""
    whole_epochs: int
    """How often every document comes."""
    largest_key: int
    """Once more comes what draws less than this number of 64 bits."""

    @property
    def epochs(self) -> float:
        """Return how often the source is read."""
        return self.taken / self.available if self.available else 0.0


class ShardGroup(Section):
    """The shards of the training split, or of one category that is held out."""

    name: str
    """First part of the names of its files: `train`, `val-general`, …"""
    n_shards: int
    """How many files they are."""


class DatasetPlan(Section):
    """All that the place of a document depends on beside its own text."""

    tokenizer: dict[str, Any]
    """As `tokenizer.json` has it; an alphabet does not shrink with the documents."""
    hold_outs: tuple[HoldOutRule, ...]
    """Which documents are held out."""
    draws: tuple[SourceDraw, ...]
    """How often the others come."""
    groups: tuple[ShardGroup, ...]
    """Into how many files they go."""
    left_out: tuple[int, ...] = ()
    """First 64 bits of the texts that are not trained on, because they hold what is judged by."""
