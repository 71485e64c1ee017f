"""The loss of every category on its fixed windows, in bits per byte.

Bits per byte compares models across tokenizers: the information that the
model still needs per byte of text. Tokens that are no text count for nothing.
Each window has a sum of its own and the windows are added in their order, so the
result does not depend on how many processes shared the work.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64

from mypt.errors import InputError
from mypt.model.gpt import GPT
from mypt.provenance.artifact import Artifact
from mypt.training.categories import (
    Category,
    TextWindows,
    copy_windows,
    spread_windows,
)
from mypt.training.data_recipe import AttentionBackend, DataRecipe, DatasetShare
from mypt.training.datasets import isolating_id, open_split, require_one_tokenizer
from mypt.training.device_batch import to_device
from mypt.training.episode_parts import part_losses, part_sums
from mypt.training.loss import score_tokens
from mypt.training.recipe import TrainingConfig
from mypt.training.reports import COPY, HELD_OUT, TRAIN, ValidationReport
from mypt.training.window_losses import WindowLosses, joined


@dataclass(frozen=True)
class Division:
    """How processes share one validation: each measures whole batches, and then all know all."""

    rank: int
    world_size: int
    gather: Callable[[list[Any]], list[Any]]
    """Return the items of all processes, in any order; called once, by all."""


ALONE = Division(rank=0, world_size=1, gather=lambda items: items)


@dataclass(frozen=True)
class Validation:
    """Fixed windows, so that every validation of a run reads the same text."""

    categories: tuple[Category, ...]
    batch_size: int
    """Windows of every batch; a short one is filled up, so that shapes never change."""
    token_bytes: Int64[np.ndarray, " vocab"]
    """UTF-8 bytes of each id; 0 for ids that are no text."""
    division: Division = ALONE
    attention: AttentionBackend = "auto"

    def run(self, model: GPT, step: int) -> ValidationReport:
        """Measure every category without touching the training order or any random state."""
        losses = self._measure(model, self.categories)
        parts = part_losses(losses[HELD_OUT].parts) if HELD_OUT in losses else {}
        return ValidationReport(step, {name: windows.total() for name, windows in losses.items()}, parts)

    def windows(self, model: GPT, category: str) -> WindowLosses:
        """Return one category window by window; InputError when it is not measured."""
        found = [one for one in self.categories if one.name == category]
        if not found:
            names = ", ".join(one.name for one in self.categories)
            raise InputError(f"no category is called {category!r}", hint=f"there are: {names}")
        return self._measure(model, found)[category]

    def _measure(self, model: GPT, categories: Sequence[Category]) -> dict[str, WindowLosses]:
        """Measure this process's batches, and put those of all processes together in order."""
        with _evaluating(model):
            mine = [(one.name, *part) for one in categories for part in self._own_parts(model, one)]
        parts = sorted(self.division.gather(mine), key=lambda part: part[:2])
        return {
            one.name: joined([losses for name, _, losses in parts if name == one.name]) for one in categories
        }

    def _own_parts(self, model: GPT, category: Category) -> Iterator[tuple[int, WindowLosses]]:
        """Measure every batch of a category whose turn is this process's, in rounds of one each.

        In the last round all take part, because a sharded model needs everybody.
        """
        numbers = np.arange(category.windows.n_windows)
        batches = [numbers[i : i + self.batch_size] for i in range(0, len(numbers), self.batch_size)]
        for first in range(0, len(batches), self.division.world_size):
            wanted = first + self.division.rank
            losses = self._losses(model, category, batches[min(wanted, len(batches) - 1)])
            if wanted < len(batches):
                yield wanted, losses

    def _losses(self, model: GPT, category: Category, numbers: Int64[np.ndarray, " n"]) -> WindowLosses:
        """Measure the text among what counts in one batch."""
        filled = np.pad(numbers, (0, self.batch_size - len(numbers)), mode="edge")
        batch = category.windows.batch(filled)
        device = next(model.parameters()).device
        on_device = to_device(batch, device, attention=self.attention, dtype=model.compute_dtype)
        scores = score_tokens(model, on_device, counts_hits=category.counts_hits)
        nll = scores.nll.cpu().numpy().reshape(batch.targets.shape)  # (B, T)
        is_hit = None if scores.is_hit is None else scores.is_hit.cpu().numpy().reshape(nll.shape)
        lengths = np.where(batch.weights > 0, self.token_bytes[batch.targets], 0)
        is_counted, n = lengths > 0, len(numbers)
        parts = None
        if category.first_tag is not None and is_hit is not None:
            parts = part_sums(batch, category.first_tag, nll, is_hit)[:n]
        return WindowLosses(
            nats=np.where(is_counted, nll, 0.0).sum(axis=1, dtype=np.float64)[:n],
            n_tokens=is_counted.sum(axis=1)[:n],
            n_bytes=lengths.sum(axis=1)[:n],
            n_hits=None if is_hit is None else (is_hit & is_counted).sum(axis=1)[:n],
            parts=parts,
        )


def make_validation(
    recipe: DataRecipe,
    datasets: Mapping[str, Artifact],
    training: TrainingConfig,
    block_size: int,
    token_bytes: Int64[np.ndarray, " vocab"],
    division: Division = ALONE,
) -> Validation:
    """Return the validation of a recipe: held-out and training text of its last stage, eval sets, copying.

    Raises InputError when datasets have different tokenizers, or a split has no window.
    """
    require_one_tokenizer(datasets)
    end_of_text = isolating_id(datasets, training)

    def windows(shares: Sequence[DatasetShare], split: str) -> TextWindows:
        return text_windows(shares, datasets, split, block_size, training.validation_windows, end_of_text)

    last = recipe.stages[-1].shares
    categories = [Category(HELD_OUT, windows(last, "val")), Category(TRAIN, windows(last, "train"))]
    for name, path in recipe.eval_sets.items():
        folder, _, category = path.partition("#")
        split = f"val-{category}" if category else "val"
        categories.append(Category(name, windows([DatasetShare(dataset=folder)], split)))
    return with_copying(categories, training, block_size, token_bytes, division)


def text_windows(
    shares: Sequence[DatasetShare],
    datasets: Mapping[str, Artifact],
    split: str,
    block_size: int,
    limit: int,
    end_of_text: int | None,
) -> TextWindows:
    """Return the windows of token datasets in their shares; InputError when a split has none."""
    shards = [open_split(datasets[share.dataset], split, block_size) for share in shares]
    return spread_windows(shards, [share.weight for share in shares], limit, end_of_text)


def with_copying(
    categories: Iterable[Category],
    training: TrainingConfig,
    block_size: int,
    token_bytes: Int64[np.ndarray, " vocab"],
    division: Division,
) -> Validation:
    """Return the validation of categories and, where the recipe asks for it, of copying."""
    measured = list(categories)
    if training.copy_sequences:
        copies = copy_windows(token_bytes, block_size, training.copy_sequences)
        measured.append(Category(COPY, copies, counts_hits=True))
    return Validation(tuple(measured), training.batch_size, token_bytes, division, training.attention)


@contextmanager
def _evaluating(model: GPT) -> Iterator[None]:
    """Turn dropout off, and leave the model as it was found."""
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(was_training)
