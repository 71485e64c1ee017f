"""Noise on embeddings is as strong as its own segment is short, and only there in training."""

import pytest
import torch

from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT
from mypt.model.init_weights import init_weights
from mypt.model.neftune import neftune_noise, segment_lengths

POSITIONS = torch.tensor([[0, 1, 2, 3, 0, 1], [0, 0, 1, 2, 3, 4]])
CONFIG = GPTConfig(n_layer=1, n_head=2, n_embd=16, block_size=8, vocab_size=11, dropout=0.0, neftune_alpha=5)


def make(config: GPTConfig = CONFIG) -> GPT:
    return init_weights(GPT(config), seed=0)


def test_a_segment_begins_at_each_position_0_and_never_spans_rows() -> None:
    assert segment_lengths(POSITIONS).tolist() == [[4, 4, 4, 4, 2, 2], [1, 5, 5, 5, 5, 5]]
    assert segment_lengths(torch.arange(3)[None]).tolist() == [[3, 3, 3]]


def test_the_reach_follows_the_length_of_the_own_segment() -> None:
    width, alpha = 4096, 5.0

    noise = neftune_noise(torch.zeros(2, 6, width), POSITIONS, alpha)

    limits = alpha / (segment_lengths(POSITIONS) * width).sqrt()
    largest = noise.abs().amax(dim=-1)
    assert (largest <= limits).all()
    assert (largest > 0.99 * limits).all()
    assert noise.mean().abs() < 0.01 * limits.min()


def test_neither_padding_nor_neighbours_change_the_noise_of_a_segment() -> None:
    alone, beside = torch.tensor([[0, 1, 2, 0, 1, 2]]), torch.tensor([[0, 1, 2, 0, 0, 0]])

    made = []
    for positions in (alone, beside):
        torch.manual_seed(1)
        made.append(neftune_noise(torch.zeros(1, 6, 8), positions, 5.0)[:, :3])

    assert torch.equal(*made)


@pytest.mark.parametrize("segments", [None, torch.tensor([[0, 0, 0, 1, 1, 1]])])
def test_it_is_drawn_in_training_from_the_seed_and_never_in_evaluation(segments: torch.Tensor | None) -> None:
    model, ids = make(), torch.arange(6)[None]
    plain = make(CONFIG.model_copy(update={"neftune_alpha": 0.0}))

    def noisy() -> torch.Tensor:
        torch.manual_seed(4)
        return model(ids, segments=segments).detach()

    first, second = noisy(), noisy()

    expected = plain(ids, segments=segments).detach()
    assert torch.equal(first, second)
    assert not torch.allclose(first, expected, atol=1e-4)
    model.eval()
    assert torch.equal(noisy(), expected)


def test_a_model_without_noise_is_written_as_before_there_was_any() -> None:
    assert "neftune_alpha" not in GPTConfig().model_dump(mode="json")
    assert CONFIG.model_dump(mode="json")["neftune_alpha"] == 5.0
    assert GPTConfig.model_validate(CONFIG.model_dump(mode="json")) == CONFIG
