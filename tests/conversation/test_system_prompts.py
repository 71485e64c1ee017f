"""The system prompts have the lengths that the curriculum counts on."""

import pytest

from mypt.conversation.system_prompts import CHAT_SYSTEM_PROMPT, CHAT_SYSTEM_PROMPTS, FORMAT_SYSTEM_PROMPT
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe


def test_tier_1_is_one_short_sentence() -> None:
    assert FORMAT_SYSTEM_PROMPT == "You are MyPT."
    assert len(Gpt2Bpe().encode(FORMAT_SYSTEM_PROMPT)) <= 5


def test_tier_2_has_four_variants_in_two_languages() -> None:
    german = [prompt for prompt in CHAT_SYSTEM_PROMPTS if prompt.startswith("Du bist MyPT")]
    english = [prompt for prompt in CHAT_SYSTEM_PROMPTS if prompt.startswith("You are MyPT")]

    assert len(set(german)) == len(set(english)) == 2
    assert set(german) | set(english) == set(CHAT_SYSTEM_PROMPTS)


@pytest.mark.parametrize("prompt", CHAT_SYSTEM_PROMPTS)
def test_tier_2_takes_15_to_20_ids(prompt: str) -> None:
    assert 15 <= len(Gpt2Bpe().encode(prompt)) <= 20


def test_a_chat_uses_the_first_variant() -> None:
    assert CHAT_SYSTEM_PROMPTS[0] == CHAT_SYSTEM_PROMPT
