"""Tokenizers by name, and their file in a model folder."""

from pathlib import Path

import pytest

from mypt.errors import InputError
from mypt.tokenizer.character import CharacterTokenizer
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from mypt.tokenizer.registry import BY_NAME, TOKENIZER_FILE, load_tokenizer, save_tokenizer, tokenizer_kind
from mypt.tokenizer.tokenizer import Tokenizer


def write(folder: Path, text: str) -> None:
    (folder / TOKENIZER_FILE).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("tokenizer", [Gpt2Bpe(), CharacterTokenizer('\x00\t\n\r "\\aä\u2028👋')])
def test_a_saved_tokenizer_is_loaded_as_it_was(tokenizer: Tokenizer, tmp_path: Path) -> None:
    save_tokenizer(tmp_path, tokenizer)

    assert load_tokenizer(tmp_path) == tokenizer


@pytest.mark.parametrize("name", BY_NAME)
def test_every_kind_is_made_from_texts_and_carries_its_name(name: str) -> None:
    tokenizer = tokenizer_kind(name).from_texts(["some text"])

    assert tokenizer.name == name
    assert tokenizer.to_json()["name"] == name


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(InputError, match="did you mean `character`") as raised:
        tokenizer_kind("characters")

    assert raised.value.hint == "there are: gpt2_bpe, character"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"tokenizer\.json: no such file"):
        load_tokenizer(tmp_path)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", r"tokenizer\.json:1: not JSON"),
        ("[]", "expected an object with a `name`"),
        ("{}", "expected an object with a `name`"),
        ('{"name": 7}', "expected an object with a `name`"),
        ('{"name": "word_piece"}', r"tokenizer\.json: no tokenizer is called 'word_piece'"),
        ('{"name": "gpt2_bpe"}', r"tokenizer\.json: `ranks_sha256` is None"),
        ('{"name": "character", "alphabet": "ba"}', r"tokenizer\.json: the alphabet must hold"),
        ('{"name": "character", "alphabet": "\\ud800"}', r"tokenizer\.json: text is not Unicode"),
    ],
)
def test_a_damaged_file_is_refused(text: str, problem: str, tmp_path: Path) -> None:
    write(tmp_path, text)

    with pytest.raises(InputError, match=problem):
        load_tokenizer(tmp_path)
