"""The figures of packing and rendering are there, and mean what they say."""

import pytest

from mypt.bench.sft_packing import bench_packing, bench_rendering
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe


def test_packing_is_measured_for_both_kinds_of_episodes() -> None:
    figures = bench_packing(n_episodes=5000)

    assert figures["packing short fill"] > 0.995
    assert figures["packing tool fill"] == pytest.approx(figures["packing tool best fill"], abs=0.01)
    assert min(figures.values()) > 0
    assert bench_packing(n_episodes=5000)["packing short fill"] == figures["packing short fill"]


def test_rendering_is_measured_beside_the_bare_encoder() -> None:
    figures = bench_rendering(Gpt2Bpe(), n_episodes=20)

    assert 15 <= figures["rendering short tokens per episode"] <= 40
    assert 300 <= figures["rendering long tokens per episode"] <= 600
    assert min(figures.values()) > 0
