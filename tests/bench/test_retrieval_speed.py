"""A small workspace is measured from end to end."""

from pathlib import Path

import pytest

from mypt.bench.retrieval_speed import Latency, SpeedConfig, measure_speed
from mypt.errors import ConfigError
from mypt.retrieval.hashing_embedder import HashingEmbedder

SOURCES = [
    "Das rote Haus steht am See und ist schon sehr alt. Im Garten wachsen viele Äpfel und einige Birnen.",
    "The red house stands at the lake and is very old. Many apples and some pears grow in the garden.",
]


def test_everything_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    speed = measure_speed(
        SpeedConfig(passages=50, searches=6), SOURCES, ["Haus?", "apples?"], [HashingEmbedder()]
    )

    assert (speed.passages, speed.documents) == (60, 3)
    assert speed.cold_seconds > 0
    assert speed.cold_memory_bytes > 2**20
    for latency in (speed.search, speed.filtered, speed.reader, speed.embedding):
        assert 0 < latency.p50 <= latency.p95
    assert speed.peers == ()
    assert list(tmp_path.iterdir()) == []


def test_a_missing_peer_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ConfigError):
        measure_speed(SpeedConfig(peers=("none",)), SOURCES, ["Haus?"], [HashingEmbedder(64)])


def test_latencies_are_in_milliseconds() -> None:
    assert Latency.of([0.001, 0.002, 0.003]).p50 == pytest.approx(2.0)
