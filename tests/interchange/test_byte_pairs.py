"""The vocabulary in printable form is the one that OpenAI published."""

import json

from mypt.interchange.byte_pairs import END_OF_TEXT, merges, printable_tokens
from tests.tokenizer.test_gpt2_bpe import original_files


def test_the_tokens_are_those_of_the_original_encoder() -> None:
    original = json.loads((original_files() / "encoder.json").read_text(encoding="utf-8"))

    assert {token: number for number, token in enumerate(printable_tokens())} == original
    assert printable_tokens()[50256] == END_OF_TEXT


def test_the_merges_are_the_original_ones_in_their_order() -> None:
    lines = (original_files() / "vocab.bpe").read_text(encoding="utf-8").splitlines()

    assert list(merges()) == [tuple(line.split(" ")) for line in lines[1:]]
