"""YAML that documents something, such as device trees and interfaces: its titles, summaries and descriptions.

Only events are read: no object is built, and no alias is followed, so that none can multiply the text.
"""

import importlib.metadata
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from mypt.documents.characters import normalise_characters
from mypt.documents.raw_file import RawFile, Unreadable

_TOLD = frozenset({"title", "summary", "description"})
_STRUCTURE = frozenset(
    {"", "properties", "patternProperties", "$defs", "definitions", "items", "allOf", "info"}
)

_DEEPEST = 200  # the parser's time grows with the square of the depth


class YamlText:
    """YAML files."""

    name = "yaml"
    version = f"1 pyyaml {importlib.metadata.version('pyyaml')}"
    reads_neighbours = False

    def to_text(self, file: RawFile) -> str:
        """Return the texts in their order, each after the name of what it describes."""
        try:
            told = list(_told(file.text))
        except yaml.YAMLError as error:
            raise Unreadable("malformed", f"no YAML: {' '.join(str(error).split())}") from error
        return normalise_characters("\n".join(f"{part}\n" for part in told))


@dataclass
class _Open:
    """A mapping or sequence whose end was not reached yet."""

    name: str
    is_mapping: bool
    key: str | None = None
    """Key whose value comes next; None where a key comes next."""


def _told(text: str) -> Iterator[str]:
    around = [_Open("", is_mapping=False)]
    for event in yaml.parse(text, yaml.CSafeLoader):
        inner = around[-1]
        if isinstance(event, yaml.CollectionStartEvent):
            name = inner.key or "" if inner.is_mapping else inner.name
            around.append(_Open(name, isinstance(event, yaml.MappingStartEvent)))
            if len(around) > _DEEPEST:
                raise Unreadable("malformed", f"nested more than {_DEEPEST} deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            around.pop()
            _pass(around[-1], "")
        elif isinstance(event, yaml.NodeEvent):
            value = event.value if isinstance(event, yaml.ScalarEvent) else ""
            if inner.is_mapping and inner.key in _TOLD and value.strip():
                yield value.strip() if inner.name in _STRUCTURE else f"{inner.name}: {value.strip()}"
            _pass(inner, value)


def _pass(inner: _Open, value: str) -> None:
    """Take a value for the next key, or close the key whose value it is."""
    inner.key = value if inner.key is None else None
