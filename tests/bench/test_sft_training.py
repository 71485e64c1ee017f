"""Fine-tuning is timed on real packed rows, in turns with pretraining."""

import numpy as np
import pytest

from mypt.bench import shapes
from mypt.bench.sft_training import EPISODES, SftSetting, measure_sft_training, random_episodes

TINY = shapes.SHAPES["char-2M"].model_copy(update={"n_layer": 1, "n_embd": 16, "n_head": 2, "vocab_size": 16})
SETTING = SftSetting(preset="tiny", row_tokens=64, batch_size=2, steps=2, warmup=1)


def test_both_are_timed_for_every_kind_of_episodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "SHAPES", {"tiny": TINY})
    monkeypatch.setattr("mypt.bench.sft_training.EPISODES", {"short": (15, 45, 0.3), "long": (40, 60, 0.35)})

    measured = measure_sft_training(SETTING)

    assert (measured["preset"], measured["row_tokens"]) == ("tiny", 64)
    for kind in ("short", "long"):
        assert measured[kind]["pretraining_tokens_per_second"] > 0
        assert measured[kind]["ratio"] > 0
        assert measured[kind]["ratio_by_processor"] > 0
    assert measured["short"]["episodes_per_row"] > measured["long"]["episodes_per_row"]


@pytest.mark.parametrize("kind", EPISODES)
def test_rows_are_as_full_and_as_supervised_as_such_episodes_are(kind: str) -> None:
    setting = SftSetting(steps=20)
    shortest, longest, share = EPISODES[kind]

    rows = random_episodes(kind, setting, vocab_size=100)

    assert shortest <= rows.lengths.min()
    assert rows.lengths.max() <= longest
    batch = rows.batch(np.arange(rows.n_rows))
    assert batch.segments is not None
    assert np.count_nonzero(batch.weights) == pytest.approx(share * rows.lengths.sum(), rel=0.05)
    assert rows.n_rows >= setting.steps * setting.batch_size * 0.9
