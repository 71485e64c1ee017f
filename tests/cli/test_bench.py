"""`mypt bench train`: lines for people, and JSON as the last one."""

import json
from pathlib import Path

import pytest
import torch

from mypt.bench import limits, shapes
from tests.cli.line import refused, run

TINY = shapes.SHAPES["char-2M"].model_copy(
    update={"n_layer": 1, "n_embd": 16, "n_head": 2, "block_size": 8, "vocab_size": 16}
)
QUICK = (
    "bench",
    "train",
    "--preset",
    "tiny",
    "--device",
    "cpu",
    "--precision",
    "fp32",
    "--steps",
    "2",
    "--warmup",
    "1",
)


@pytest.fixture(autouse=True)
def _only_tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "SHAPES", {"tiny": TINY})
    monkeypatch.setattr(limits, "_SIZE", 32)


def test_the_last_line_is_json_and_those_before_it_are_for_people(tmp_path: Path) -> None:
    outcome = run(tmp_path, *QUICK)

    *lines, last = outcome.out.splitlines()
    assert outcome.code == 0
    assert json.loads(last)["setting"]["preset"] == "tiny"
    for part in ("tokens per second", "share of the peak", "peak memory", "waiting for data", "warm-up"):
        assert any(line.startswith(part) for line in lines)


def test_json_alone_can_be_asked_for(tmp_path: Path) -> None:
    outcome = run(tmp_path, *QUICK, "--json", "--packed", "--batch-size", "3", "--optimizer", "muon")

    (line,) = outcome.out.splitlines()
    setting = json.loads(line)["setting"]
    assert (setting["packed"], setting["batch_size"], setting["optimizer"]) == (True, 3, "muon")


def test_peers_are_named_with_commas(tmp_path: Path) -> None:
    outcome = run(tmp_path, *QUICK, "--peers", "llama,gpt2")

    assert "against llama" in outcome.out
    assert "against gpt2" in outcome.out
    assert [peer["name"] for peer in json.loads(outcome.out.splitlines()[-1])["peers"]] == ["llama", "gpt2"]


def test_an_unknown_peer_is_refused(tmp_path: Path) -> None:
    assert "none of llama, gpt2" in refused(run(tmp_path, *QUICK, "--peers", "bert"), 2)


@pytest.mark.skipif(torch.cuda.is_available(), reason="has a GPU")
def test_a_gpu_that_is_not_there_is_refused(tmp_path: Path) -> None:
    outcome = run(tmp_path, "bench", "train", "--preset", "tiny", "--device", "cuda")

    assert outcome.code == 2
    assert outcome.out == ""
    assert "no usable GPU" in outcome.err
