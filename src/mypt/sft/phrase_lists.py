"""The phrase lists of the generators, read from `sft/phrases/*.json` and checked for parity."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from pydantic import JsonValue

from mypt.config import fingerprint
from mypt.errors import InputError
from mypt.files import sha256_bytes

Language = str
Phrases = Mapping[Language, tuple[str, ...]]


@cache
def phrase_lists(name: str) -> Mapping[str, Phrases]:
    """Return the lists of one file: name of a list → language → phrases.

    Raises InputError for a list that does not have as many German phrases as English ones, or has one twice.
    """
    path = files("mypt.sft").joinpath("phrases", f"{name}.json")
    values: dict[str, dict[str, list[str]]] = json.loads(path.read_text(encoding="utf-8"))
    return {key: _checked(f"{name}.json: {key}", lists) for key, lists in values.items()}


@cache
def phrases_digest() -> str:
    """Return the digest of all data files that generators draw from: other phrases make other episodes."""
    folder = files("mypt.sft").joinpath("phrases")
    found = {path.name: path.read_bytes() for path in folder.iterdir() if path.name.endswith(".json")}
    return fingerprint({name: sha256_bytes(data) for name, data in found.items()})


def _checked(where: str, lists: Mapping[str, list[str]]) -> Phrases:
    if lists.keys() != {"en", "de"}:
        raise InputError(f"{where}: expected `en` and `de`, got {', '.join(lists)}")
    if len(lists["en"]) != len(lists["de"]):
        raise InputError(f"{where}: {len(lists['en'])} phrases in English, {len(lists['de'])} in German")
    for language, phrases in lists.items():
        if len(set(phrases)) != len(phrases):
            raise InputError(f"{where}: a phrase in {language} comes twice")
    return {language: tuple(phrases) for language, phrases in lists.items()}


def read_table(name: str) -> JsonValue:
    """Return a data file of `sft/phrases` that is no phrase list, such as a table of capitals."""
    text = files("mypt.sft").joinpath("phrases", f"{name}.json").read_text(encoding="utf-8")
    value: JsonValue = json.loads(text)
    return value
