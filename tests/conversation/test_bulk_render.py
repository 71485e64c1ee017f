"""Many rows at once become the same bytes as one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mypt.conversation.bulk_render import render_many
from mypt.conversation.episode import AssistantMessage, Episode, Replay, UserMessage
from mypt.conversation.render import render
from mypt.errors import InputError
from mypt.tokenizer.character import CharacterTokenizer
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from mypt.tokenizer.tokenizer import Tokenizer
from tests.conversation.strategies import episodes, texts

TOKENIZERS = (Gpt2Bpe(), CharacterTokenizer.from_texts(["abc ü<>/_"]))


def require_same(rows: list[Episode | Replay], tokenizer: Tokenizer) -> None:
    many = render_many(rows, tokenizer)

    assert len(many) == len(rows)
    for number, row in enumerate(rows):
        one, place = render(row, tokenizer), slice(*many.starts[number : number + 2])
        for found, expected in ((many.ids, one.ids), (many.mask, one.mask), (many.weights, one.weights)):
            assert found.dtype == expected.dtype
            assert found[place].tobytes() == expected.tobytes()


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=lambda tokenizer: tokenizer.name)
@given(rows=st.lists(episodes() | st.builds(Replay, text=texts()), max_size=5))
@settings(max_examples=20, deadline=None)
def test_any_mix_of_rows_becomes_the_bytes_of_the_renderer(
    tokenizer: Tokenizer, rows: list[Episode | Replay]
) -> None:
    require_same(rows, tokenizer)


def test_texts_that_come_again_become_the_same_ids_again() -> None:
    messages = (UserMessage(content="Hi"), AssistantMessage(content="Hi"))
    twin = Episode(system="Hi", messages=messages, language="en", source="test", phase=1)

    require_same([twin, Replay(text="Hi"), twin], Gpt2Bpe())


def test_no_rows_are_no_ids() -> None:
    many = render_many([], Gpt2Bpe())

    assert len(many) == 0
    assert many.starts.tolist() == [0]
    assert many.ids.size == many.mask.size == many.weights.size == 0


def test_an_episode_without_an_answer_is_refused_like_alone() -> None:
    still_open = Episode(messages=(UserMessage(content="Hi"),), language="en", source="test", phase=1)

    with pytest.raises(InputError, match="ends with an answer"):
        render_many([Replay(text="a"), still_open], Gpt2Bpe())


def test_starts_are_whole_numbers_that_slice() -> None:
    many = render_many([Replay(text="a b"), Replay(text="c")], Gpt2Bpe())

    assert many.starts.dtype == np.int64
    assert many.starts.tolist() == [0, 2, 3]
