"""The decoder that remembers nothing."""

import torch

from mypt.inference.decoder import UncachedDecoder, read_windows
from tests.inference.models import BLOCK_SIZE, PROMPTS, make_model


@torch.inference_mode()
def test_padding_of_a_ragged_batch_changes_no_row() -> None:
    model = make_model()

    together = read_windows(model, PROMPTS)

    alone = torch.cat([read_windows(model, [prompt]) for prompt in PROMPTS])
    torch.testing.assert_close(together, alone, rtol=1e-5, atol=1e-5)


@torch.inference_mode()
def test_logits_are_those_of_the_model_at_the_last_place() -> None:
    model = make_model()

    logits = read_windows(model, PROMPTS[:1])

    torch.testing.assert_close(logits, model(torch.tensor(PROMPTS[:1]))[:, -1], rtol=1e-5, atol=1e-5)


@torch.inference_mode()
def test_a_long_context_is_read_from_its_window_on() -> None:
    model = make_model()
    context = [token % 20 for token in range(BLOCK_SIZE + 3)]

    logits = UncachedDecoder(model).next_logits([context])

    torch.testing.assert_close(logits, read_windows(model, [context[BLOCK_SIZE // 2 :]]))
