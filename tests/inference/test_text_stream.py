"""Text from ids as they arrive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mypt.errors import InputError
from mypt.inference.text_stream import TextStream
from mypt.tokenizer.character import CharacterTokenizer
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from mypt.tokenizer.tokenizer import decode

BYTES = CharacterTokenizer("")


def _pieces(ids: list[int]) -> list[str]:
    stream = TextStream(BYTES)
    return [*[stream.feed(token) for token in ids], stream.finish()]


def test_an_emoji_spread_over_ids_appears_whole() -> None:
    assert _pieces(list("a👋".encode())) == ["a", "", "", "", "👋", ""]


def test_half_an_umlaut_is_never_shown() -> None:
    assert _pieces(list("ü".encode())) == ["", "ü", ""]


def test_gpt2_ids_of_an_emoji_appear_whole() -> None:
    tokenizer = Gpt2Bpe()
    ids = tokenizer.encode("👩‍👩‍👧 ß")
    stream = TextStream(tokenizer)

    pieces = [stream.feed(token) for token in ids]

    assert len(ids) > 8
    assert "".join(pieces) == "👩‍👩‍👧 ß"
    assert not any("\ufffd" in piece for piece in pieces)


def test_an_unfinished_character_ends_as_a_replacement_character() -> None:
    assert _pieces([ord("a"), 0xF0, 0x9F]) == ["a", "", "", "\ufffd"]


def test_after_the_end_a_stream_starts_anew() -> None:
    stream = TextStream(BYTES)
    stream.feed(0xC3)
    stream.finish()

    assert stream.feed(ord("x")) == "x"


@given(data=st.binary(max_size=40))
def test_pieces_add_up_to_the_decoded_whole(data: bytes) -> None:
    assert "".join(_pieces(list(data))) == decode(BYTES, list(data))


def test_an_id_that_is_not_text_is_refused() -> None:
    with pytest.raises(InputError):
        TextStream(BYTES).feed(BYTES.base_vocab_size)
