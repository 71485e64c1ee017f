"""The tokenizers by name, and the `tokenizer.json` of a model folder."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from mypt.config import did_you_mean
from mypt.errors import InputError
from mypt.files import read_json, write_json
from mypt.tokenizer.character import CharacterTokenizer
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from mypt.tokenizer.tokenizer import Tokenizer

TOKENIZER_FILE = "tokenizer.json"


class TokenizerKind(Protocol):
    """How a kind of tokenizer is made: from the texts to be encoded, or from what was saved."""

    def from_texts(self, texts: Iterable[str], /) -> Tokenizer:
        """Return a tokenizer fit for these texts."""
        ...

    def from_json(self, values: Mapping[str, Any], /) -> Tokenizer:
        """Return the tokenizer that `Tokenizer.to_json` described."""
        ...


BY_NAME: Mapping[str, TokenizerKind] = {
    "gpt2_bpe": Gpt2Bpe,
    "character": CharacterTokenizer,
}


def tokenizer_kind(name: str) -> TokenizerKind:
    """Return a kind of tokenizer; InputError lists the names there are."""
    if name in BY_NAME:
        return BY_NAME[name]
    raise InputError(
        f"no tokenizer is called {name!r}{did_you_mean(name, BY_NAME)}",
        hint=f"there are: {', '.join(BY_NAME)}",
    )


def save_tokenizer(folder: Path, tokenizer: Tokenizer) -> None:
    """Write `tokenizer.json` into a folder."""
    write_json(folder / TOKENIZER_FILE, tokenizer.to_json())


def load_tokenizer(folder: Path) -> Tokenizer:
    """Return the tokenizer of a folder; InputError when its file is missing, unknown or damaged."""
    path = folder / TOKENIZER_FILE
    if not path.is_file():
        raise InputError(f"{path}: no such file", hint="a model or dataset folder holds its tokenizer.json")
    values = read_json(path)
    if not isinstance(values, dict) or not isinstance(values.get("name"), str):
        raise InputError(f"{path}: expected an object with a `name`, got {values!r:.80}")
    try:
        return tokenizer_kind(values["name"]).from_json(values)
    except InputError as error:
        raise InputError(f"{path}: {error.message}", error.hint) from error
