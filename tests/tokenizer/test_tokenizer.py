"""What holds for every tokenizer, whichever it is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mypt.errors import InputError
from mypt.tokenizer.character import CharacterTokenizer
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from mypt.tokenizer.tokenizer import Tokenizer, decode, token_byte_lengths
from tests.tokenizer.hostile import HOSTILE_TEXTS

TOKENIZERS: tuple[Tokenizer, ...] = (
    Gpt2Bpe(),
    CharacterTokenizer(""),
    CharacterTokenizer.from_texts(["<|endoftext|>", "Grüezi 👋"]),
)
each_tokenizer = pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=["gpt2_bpe", "bytes", "character"])


@each_tokenizer
@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=lambda text: repr(text[:20]))
def test_every_text_comes_back_as_it_was(tokenizer: Tokenizer, text: str) -> None:
    ids = tokenizer.encode(text)

    assert tokenizer.decode_bytes(ids) == text.encode()
    assert decode(tokenizer, ids) == text


@each_tokenizer
@settings(deadline=None)
@given(text=st.text())
def test_any_unicode_text_comes_back_as_it_was(tokenizer: Tokenizer, text: str) -> None:
    assert decode(tokenizer, tokenizer.encode(text)) == text


@each_tokenizer
@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=lambda text: repr(text[:20]))
def test_no_text_encodes_to_end_of_text_or_beyond(tokenizer: Tokenizer, text: str) -> None:
    assert all(0 <= token < tokenizer.end_of_text for token in tokenizer.encode(text))
    assert tokenizer.end_of_text == tokenizer.base_vocab_size - 1


@each_tokenizer
def test_ids_are_plain_numbers(tokenizer: Tokenizer) -> None:
    assert {type(token) for token in tokenizer.encode("Zürich 👋")} == {int}


@each_tokenizer
def test_ids_from_an_array_decode_as_well(tokenizer: Tokenizer) -> None:
    ids = np.array(tokenizer.encode("Zürich"), dtype=np.uint16)

    assert decode(tokenizer, list(ids)) == "Zürich"


@each_tokenizer
def test_a_character_may_be_decoded_id_by_id(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode("👩‍👩‍👧")

    assert b"".join(tokenizer.decode_bytes([token]) for token in ids).decode() == "👩‍👩‍👧"


@each_tokenizer
def test_half_a_character_decodes_to_the_replacement_character(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode("\U0001f9ff")

    assert decode(tokenizer, ids[:-1]) == "\ufffd"


@each_tokenizer
@pytest.mark.parametrize("text", ["\ud83d", "a\udc00b", "\ud83d\ude00"])
def test_a_lone_surrogate_is_refused_and_located(tokenizer: Tokenizer, text: str) -> None:
    with pytest.raises(InputError, match=r"lone surrogate U\+D[0-9A-F]{3} at character [01]"):
        tokenizer.encode(text)


@each_tokenizer
def test_end_of_text_gives_no_bytes(tokenizer: Tokenizer) -> None:
    ids = [*tokenizer.encode("one"), tokenizer.end_of_text, *tokenizer.encode(" two")]

    assert decode(tokenizer, ids) == "one two"


@each_tokenizer
@pytest.mark.parametrize("offset", [0, 1, 18, 10_000])
def test_ids_beyond_the_vocabulary_are_refused(tokenizer: Tokenizer, offset: int) -> None:
    with pytest.raises(InputError, match="position 1"):
        tokenizer.decode_bytes([0, tokenizer.base_vocab_size + offset])


@each_tokenizer
def test_negative_ids_are_refused(tokenizer: Tokenizer) -> None:
    with pytest.raises(InputError, match="id -1 at position 0"):
        tokenizer.decode_bytes([-1])


@each_tokenizer
@pytest.mark.parametrize("text", HOSTILE_TEXTS[:8], ids=repr)
def test_byte_lengths_add_up_to_the_bytes_of_the_text(tokenizer: Tokenizer, text: str) -> None:
    lengths = token_byte_lengths(tokenizer)

    assert lengths[tokenizer.encode(text)].sum() == len(text.encode())


@each_tokenizer
def test_byte_lengths_are_0_only_for_end_of_text(tokenizer: Tokenizer) -> None:
    lengths = token_byte_lengths(tokenizer)

    assert len(lengths) == tokenizer.base_vocab_size
    assert np.flatnonzero(lengths == 0).tolist() == [tokenizer.end_of_text]
