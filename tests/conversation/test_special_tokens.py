"""The 19 tags: their strings, pinned ids and weights."""

import pytest

from mypt.conversation.special_tokens import (
    BASE_VOCAB_SIZE,
    SPECIAL_TOKENS,
    TAG_WEIGHTS,
    Tag,
    get_special_token_ids,
    get_tags_by_id,
    is_model_written,
    is_text,
    model_vocab_size,
    spell_out,
)
from mypt.tokenizer.character import CharacterTokenizer
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe

PINNED = {
    "<myPT_system>": 50257,
    "</myPT_system>": 50258,
    "<myPT_user>": 50259,
    "</myPT_user>": 50260,
    "<myPT_assistant>": 50261,
    "</myPT_assistant>": 50262,
    "<myPT_user_context>": 50263,
    "</myPT_user_context>": 50264,
    "<myPT_assistant_context>": 50265,
    "</myPT_assistant_context>": 50266,
    "<myPT_toolcall>": 50267,
    "</myPT_toolcall>": 50268,
    "<myPT_toolresult>": 50269,
    "</myPT_toolresult>": 50270,
    "<myPT_think>": 50271,
    "</myPT_think>": 50272,
    "<myPT_cite>": 50273,
    "</myPT_cite>": 50274,
    "<myPT_eot>": 50275,
}
WEIGHTS = {
    "</myPT_assistant>": 2.0,
    "<myPT_toolcall>": 2.0,
    "</myPT_toolcall>": 2.0,
    "<myPT_think>": 1.5,
    "</myPT_think>": 1.5,
    "<myPT_cite>": 1.5,
    "</myPT_cite>": 1.5,
    "<myPT_eot>": 2.0,
}


def test_the_ids_are_the_pinned_ones() -> None:
    assert get_special_token_ids() == PINNED
    assert list(PINNED) == list(SPECIAL_TOKENS)


def test_the_base_is_the_vocabulary_of_gpt2() -> None:
    assert Gpt2Bpe().base_vocab_size == BASE_VOCAB_SIZE
    assert model_vocab_size(Gpt2Bpe()) == 50276


def test_the_tags_follow_any_base_in_the_same_order() -> None:
    tokenizer = CharacterTokenizer("abc")

    ids = get_special_token_ids(tokenizer.base_vocab_size)

    assert list(ids) == list(PINNED)
    assert list(ids.values()) == list(range(260, 279))
    assert model_vocab_size(tokenizer) == 279


def test_tags_are_found_by_their_ids() -> None:
    assert {token: tag.value for token, tag in get_tags_by_id().items()} == {v: k for k, v in PINNED.items()}


def test_the_weights_are_those_of_the_protocol() -> None:
    assert {tag.value: weight for tag, weight in TAG_WEIGHTS.items()} == WEIGHTS


@pytest.mark.parametrize("tag", Tag)
def test_the_model_writes_the_tags_that_have_a_weight(tag: Tag) -> None:
    assert is_model_written(tag) == (tag.value in WEIGHTS)


def test_ids_are_spelled_out_for_people() -> None:
    tokenizer = Gpt2Bpe()
    ids = [50259, *tokenizer.encode("Grüezi 👋"), 50260, 50256, 50275, 50290, -3]

    text = spell_out(ids, tokenizer)

    assert text == "<myPT_user>Grüezi 👋</myPT_user><|endoftext|><myPT_eot><id 50290><id -3>"


def test_only_ordinary_ids_are_text() -> None:
    tokenizer = CharacterTokenizer("a")

    assert [is_text(token, tokenizer) for token in (-1, 0, 256, 257, 258)] == [
        False,
        True,
        True,
        False,
        False,
    ]
