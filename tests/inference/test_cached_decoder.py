"""The decoder with a KV cache computes what the plain one does."""

from collections.abc import Sequence

import pytest
import torch
from jaxtyping import Float
from torch import Tensor

from mypt.inference.cached_decoder import CachedDecoder
from mypt.inference.decoder import UncachedDecoder
from tests.inference.models import BLOCK_SIZE, KINDS, PROMPTS, make_model


def _assert_same(cached: CachedDecoder, plain: UncachedDecoder, contexts: list[list[int]]) -> None:
    expected = plain.next_logits(contexts)
    torch.testing.assert_close(cached.next_logits(contexts), expected, rtol=1e-4, atol=1e-4)


def _grown(contexts: list[list[int]], step: int) -> list[list[int]]:
    return [[*context, (5 * step + row) % 20] for row, context in enumerate(contexts)]


@pytest.mark.parametrize("kind", KINDS)
@torch.inference_mode()
def test_logits_are_the_same_with_and_without_a_cache_far_past_a_block(kind: str) -> None:
    model, contexts = make_model(kind), PROMPTS
    cached, plain = CachedDecoder(model, len(PROMPTS), BLOCK_SIZE), UncachedDecoder(model)

    for step in range(3 * BLOCK_SIZE):
        _assert_same(cached, plain, contexts)
        contexts = _grown(contexts, step)


@torch.inference_mode()
def test_rows_that_are_kept_go_on_as_before() -> None:
    model, contexts = make_model(), PROMPTS
    cached, plain = CachedDecoder(model, len(PROMPTS), BLOCK_SIZE), UncachedDecoder(model)
    cached.next_logits(contexts)

    cached.keep([3, 1])
    contexts = _grown([contexts[3], contexts[1]], 0)

    _assert_same(cached, plain, contexts)


@torch.inference_mode()
def test_a_row_that_is_kept_remembers_its_own_window() -> None:
    model = make_model()
    contexts = [[token % 20 for token in range(length)] for length in (BLOCK_SIZE + 2, BLOCK_SIZE)]
    cached, plain = CachedDecoder(model, 2, BLOCK_SIZE), UncachedDecoder(model)
    cached.next_logits(contexts)

    cached.keep([1])

    _assert_same(cached, plain, _grown(contexts[1:], 0))


@torch.inference_mode()
def test_a_cache_is_filled_anew_once_per_half_block(monkeypatch: pytest.MonkeyPatch) -> None:
    decoder, contexts = CachedDecoder(make_model(), 1, BLOCK_SIZE), [[1]]
    refills: list[int] = []
    prefill = decoder.prefill

    def counted(windows: Sequence[Sequence[int]]) -> Float[Tensor, "batch vocab"]:
        refills.append(len(contexts[0]))
        return prefill(windows)

    monkeypatch.setattr(decoder, "prefill", counted)

    while len(contexts[0]) <= 3 * BLOCK_SIZE:
        decoder.next_logits(contexts)
        contexts = _grown(contexts, 0)

    half = BLOCK_SIZE // 2
    assert refills == [
        1,
        BLOCK_SIZE + 1,
        BLOCK_SIZE + half + 1,
        2 * BLOCK_SIZE + 1,
        2 * BLOCK_SIZE + half + 1,
    ]


@pytest.mark.parametrize("block_size", [1, 2, 3])
@torch.inference_mode()
def test_the_smallest_blocks_work(block_size: int) -> None:
    model, contexts = make_model(block_size=block_size), [[1], [2, 3, 4]]
    cached, plain = CachedDecoder(model, 2, block_size), UncachedDecoder(model)

    for step in range(8):
        _assert_same(cached, plain, contexts)
        contexts = _grown(contexts, step)
