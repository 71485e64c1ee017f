"""One id per known character, and UTF-8 bytes for all others."""

import time

import pytest

from mypt.errors import InputError
from mypt.tokenizer.character import CharacterTokenizer


def test_known_characters_follow_the_bytes_in_order_of_code_points() -> None:
    tokenizer = CharacterTokenizer.from_texts(["cab", "äa"])

    assert tokenizer.alphabet == "abcä"
    assert tokenizer.encode("äcba") == [259, 258, 257, 256]
    assert tokenizer.end_of_text == 260


def test_unknown_characters_are_spelled_in_bytes() -> None:
    tokenizer = CharacterTokenizer("ab")

    assert tokenizer.encode("aéb€") == [256, 0xC3, 0xA9, 257, 0xE2, 0x82, 0xAC]


@pytest.mark.parametrize("char", ["\x7f", "\x80", "\u07ff", "\u0800", "\uffff", "\U00010000", "\U0010ffff"])
def test_unknown_characters_of_every_width_are_spelled_in_bytes(char: str) -> None:
    assert CharacterTokenizer("a").encode(f"a{char}a") == [256, *char.encode(), 256]


def test_the_highest_known_character_is_not_mistaken_for_those_beyond() -> None:
    assert CharacterTokenizer("a").encode("ab") == [256, ord("b")]


def test_the_alphabet_does_not_depend_on_the_order_of_texts() -> None:
    assert CharacterTokenizer.from_texts(["xyz", "abc"]) == CharacterTokenizer.from_texts(
        iter(["cba", "zyx"])
    )


@pytest.mark.parametrize("alphabet", ["ba", "aa"])
def test_an_alphabet_out_of_order_is_refused(alphabet: str) -> None:
    with pytest.raises(InputError, match="each character once"):
        CharacterTokenizer(alphabet)


def test_texts_with_a_lone_surrogate_make_no_alphabet() -> None:
    with pytest.raises(InputError, match="lone surrogate"):
        CharacterTokenizer.from_texts(["a\ud800"])


def test_a_missing_alphabet_is_refused() -> None:
    with pytest.raises(InputError, match="`alphabet` must be a string, got NoneType"):
        CharacterTokenizer.from_json({"name": "character"})


@pytest.mark.parametrize("alphabet", ["abcdefghijklmnopqrstuvwxyz", "xyz"])
def test_two_megabytes_are_encoded_in_a_moment(alphabet: str) -> None:
    text = "abcdefghijklmnopqrstuvwxyz" * 80_000
    tokenizer = CharacterTokenizer(alphabet)
    started = time.process_time()

    ids = tokenizer.encode(text)

    assert time.process_time() - started < 0.5
    assert len(ids) == len(text)
