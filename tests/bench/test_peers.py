"""Peers: the same shape, whole steps, and a clear word when they are not there."""

import importlib.util

import pytest
import torch

from mypt.bench.peers import PEERS, make_peer, refuse_without_transformers
from mypt.bench.random_rows import RandomRows
from mypt.bench.shapes import shape
from mypt.errors import ConfigError
from mypt.model.config import GPTConfig
from mypt.model.size import count_parameters
from mypt.training.recipe import TrainingConfig

SMALL = {"n_layer": 2, "n_embd": 32, "n_head": 2, "block_size": 8, "vocab_size": 32, "dropout": 0.0}
MODERN = shape("124M").model_copy(update={**SMALL, "vocab_multiple": 1})
GPT2_STYLE = shape("gpt2").model_copy(update=SMALL)
TRAINING = TrainingConfig(steps=1, batch_size=2, device="cpu")
ROWS = RandomRows(2, 8, 32)


@pytest.mark.parametrize(("name", "config"), [("llama", MODERN), ("gpt2", GPT2_STYLE)])
def test_a_peer_has_exactly_the_weights_of_our_model(name: str, config: GPTConfig) -> None:
    peer = make_peer(name, config, TRAINING, "fp32", ROWS)

    assert peer.n_parameters == count_parameters(config)


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_step_of_a_peer_moves_all_its_weights(name: str, precision: str) -> None:
    peer = make_peer(name, MODERN, TRAINING, precision, ROWS)
    before = [parameter.detach().clone() for parameter in peer.model.parameters()]

    peer.step()

    after = list(peer.model.parameters())
    assert all(parameter.dtype is torch.float32 for parameter in after)
    assert all(not torch.equal(was, now) for was, now in zip(before, after, strict=True))


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(ConfigError, match="`transformers` is not installed") as caught:
        refuse_without_transformers()

    assert "pip install transformers" in caught.value.hint


def test_with_the_library_nothing_is_said() -> None:
    refuse_without_transformers()
