"""Fine-tuning on packed episodes beside pretraining at one shape: whole steps of the engine, in turns."""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from mypt.bench.contender import OurStep, time_in_turns
from mypt.bench.random_rows import RandomRows
from mypt.bench.shapes import shape
from mypt.bench.timing import StepTimer
from mypt.dataset.batch import Batch
from mypt.dataset.episode_rows import EpisodeRows
from mypt.dataset.packing import greedy_bin_pack
from mypt.training.distributed import process_group
from mypt.training.recipe import TrainingConfig

EPISODES: Mapping[str, tuple[int, int, float]] = MappingProxyType(
    {"short": (15, 45, 0.3), "chat": (100, 500, 0.4), "tools": (400, 1000, 0.35)}
)
"""Shortest and longest episode and the supervised share of it, as in phases 1-2, 3-4 and 5-6."""


@dataclass(frozen=True)
class SftSetting:
    """What is measured."""

    preset: str = "tiny"
    row_tokens: int = 1024
    batch_size: int = 2
    steps: int = 10
    warmup: int = 2
    dropout: float = 0.1
    """Of both."""
    neftune_alpha: float = 5.0
    """Of fine-tuning alone."""
    device: str = "cpu"


def measure_sft_training(setting: SftSetting) -> dict[str, Any]:
    """Return tokens per second of pretraining and fine-tuning, and their ratio, for each kind of episodes."""
    return {"preset": setting.preset, "row_tokens": setting.row_tokens} | {
        name: _measure(setting, name) for name in EPISODES
    }


def _measure(setting: SftSetting, kind: str) -> dict[str, float]:
    n_steps = setting.warmup + setting.steps
    config = shape(setting.preset).model_copy(
        update={"block_size": setting.row_tokens, "dropout": setting.dropout}
    )
    training = TrainingConfig.model_validate(
        {
            "steps": n_steps,
            "batch_size": setting.batch_size,
            "learning_rate": 1e-5,
            "device": setting.device,
        }
    )
    noisy = config.model_copy(update={"neftune_alpha": setting.neftune_alpha})
    rows = random_episodes(kind, setting, config.vocab_size)
    plain = RandomRows(setting.batch_size, setting.row_tokens, config.vocab_size)
    with process_group(setting.device) as world:
        ours = OurStep(noisy, training, world, _InOrder(rows, setting.batch_size))
        base = OurStep(config, training, world, plain)
        with ours.fed(n_steps), base.fed(n_steps):
            time_in_turns([base, ours], world.device, setting.warmup)
            timers = time_in_turns([base, ours], world.device, setting.steps)
    return _figures(timers, setting, rows)


@dataclass(frozen=True)
class _InOrder:
    """Rows one after the other, and from the first one again."""

    rows: EpisodeRows
    batch_size: int

    def batch(self, index: int) -> Batch:
        return self.rows.batch(
            np.arange(index * self.batch_size, (index + 1) * self.batch_size) % self.rows.n_rows
        )


def random_episodes(kind: str, setting: SftSetting, vocab_size: int) -> EpisodeRows:
    """Return packed episodes of random ids, as many as fill the rows of some steps."""
    shortest, longest, share = EPISODES[kind]
    rng = np.random.default_rng(0)
    n_places = setting.row_tokens * setting.batch_size * (setting.warmup + setting.steps)
    lengths = rng.integers(
        shortest, min(longest, setting.row_tokens + 1) + 1, 1 + 2 * n_places // (shortest + longest)
    )
    starts = np.cumsum(lengths) - lengths
    places = np.arange(lengths.sum()) - np.repeat(starts, lengths)
    is_learned = places >= np.repeat(lengths * (1 - share), lengths)
    row_of = greedy_bin_pack(lengths - 1, setting.row_tokens)
    order = np.argsort(row_of, kind="stable")
    return EpisodeRows(
        tokens=rng.integers(0, vocab_size, lengths.sum()).astype(np.uint32),
        weights=is_learned.astype(np.float32),
        starts=starts,
        lengths=lengths,
        packed=order,
        row_starts=np.searchsorted(row_of[order], np.arange(row_of.max() + 2)),
        row_tokens=setting.row_tokens,
    )


def _figures(timers: list[StepTimer], setting: SftSetting, rows: EpisodeRows) -> dict[str, float]:
    """Return speeds as medians; neighbouring steps are compared, as they meet the same noise."""
    base, ours = (timer.seconds() for timer in timers)
    tokens = setting.batch_size * setting.row_tokens
    figures = {
        "pretraining_tokens_per_second": tokens / statistics.median(base),
        "sft_tokens_per_second": tokens / statistics.median(ours),
        "ratio": statistics.median(b / o for b, o in zip(base, ours, strict=True)),
        "episodes_per_row": rows.n_episodes / rows.n_rows,
        "fill": float((rows.lengths - 1).sum() / (rows.n_rows * rows.row_tokens)),
        "supervised_share": rows.n_supervised / (rows.n_rows * rows.row_tokens),
    }
    if setting.device == "cpu":
        base, ours = (timer.processor for timer in timers)
        figures["ratio_by_processor"] = statistics.median(b / o for b, o in zip(base, ours, strict=True))
    return figures
