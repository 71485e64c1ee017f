"""Planted copies, and what is found of them."""

import importlib.util
import re
from pathlib import Path

import pytest

from mypt.bench.data_dedup import CONTENDERS, Planted, jaccard, measure, plant
from mypt.errors import ConfigError

SAMPLE = Path(__file__).parents[2] / "data" / "sample"


@pytest.fixture(scope="module")
def planted() -> Planted:
    texts = [path.read_text("utf-8") for path in sorted(SAMPLE.glob("*/*.md"))]
    return plant(
        [part for text in texts for part in re.split(r"\n(?=# )|\n(?=## )", text)], share=0.4, seed=1
    )


def test_copies_are_planted_from_a_seed_and_measured_by_sets(planted: Planted) -> None:
    original, copy, similarity = planted.pairs[0]

    assert jaccard(planted.texts[original], planted.texts[copy]) == similarity
    assert plant(planted.texts[:50], 0.4, 1) == plant(planted.texts[:50], 0.4, 1)
    assert plant(planted.texts[:50], 0.4, 1) != plant(planted.texts[:50], 0.4, 2)
    assert min(pair[2] for pair in planted.pairs) < 0.7
    assert max(pair[2] for pair in planted.pairs) > 0.9


def test_ours_finds_the_copies_above_the_threshold_and_nothing_else(planted: Planted) -> None:
    bench = measure(planted)

    ours = bench.contenders[0]
    assert bench.planted["0.8 to 0.9"] > 5
    assert ours.recall["0.9 to 1.0"] == ours.recall["0.8 to 0.9"] == 1.0
    assert ours.precision == 1.0
    assert bench.ratio("mypt") == 1.0
    assert ours.documents_per_second == pytest.approx(bench.n_texts / ours.processor_seconds)


@pytest.mark.parametrize("name", sorted(set(CONTENDERS) - {"mypt"}))
def test_a_peer_finds_most_of_them_too(planted: Planted, name: str) -> None:
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed")

    peer = measure(planted, [name]).contenders[1]

    assert peer.name == name
    assert peer.recall["0.9 to 1.0"] >= 0.9
    assert peer.precision >= 0.5


def test_a_peer_that_is_not_installed_is_named(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(ConfigError, match="not installed here: rensa") as caught:
        measure(planted, ["rensa"])

    assert caught.value.hint == "pip install rensa"
