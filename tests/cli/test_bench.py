"""`mypt bench train`: one line for each shape and precision."""

import json
from pathlib import Path

import pytest

from mypt.bench import limits, train
from mypt.bench.train import Shape
from mypt.model.presets import PRESETS
from tests.cli.line import run

TINY = PRESETS["tiny"].model_copy(
    update={"n_layer": 1, "n_embd": 16, "n_head": 2, "block_size": 8, "vocab_size": 16}
)
QUICK = ("bench", "train", "--device", "cpu", "--steps", "2")


@pytest.fixture(autouse=True)
def _tiny_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "SHAPES", {"tiny": Shape(TINY, batch_size=2)})
    monkeypatch.setattr(limits, "_SIZE", 32)


def test_each_precision_is_a_line_beside_this_machines_own_limit(tmp_path: Path) -> None:
    outcome = run(tmp_path, *QUICK)

    head, *rows = outcome.out.splitlines()
    assert (outcome.code, outcome.err) == (0, "")
    assert "threads; sgemm and steps measured in this process" in head
    assert [row.split()[:2] for row in rows] == [["tiny", "fp32"], ["tiny", "bf16"]]
    assert all("tokens/CPU-s" in row and "of sgemm" in row for row in rows)


def test_one_precision_can_be_asked_for(tmp_path: Path) -> None:
    outcome = run(tmp_path, *QUICK, "--precision", "fp32")

    assert [row.split()[1] for row in outcome.out.splitlines()[1:]] == ["fp32"]


def test_json_is_one_object_a_line_and_nothing_else(tmp_path: Path) -> None:
    outcome = run(tmp_path, *QUICK, "--json")

    measured = [json.loads(row) for row in outcome.out.splitlines()]
    assert [(row["shape"], row["precision"], row["device"]) for row in measured] == [
        ("tiny", "fp32", "cpu"),
        ("tiny", "bf16", "cpu"),
    ]
    assert all(row["tokens"]["per_cpu_second"] > 0 for row in measured)
