"""YAML gives its titles, summaries and descriptions."""

import pytest

from mypt.documents.raw_file import RawFile, Unreadable
from mypt.documents.yaml_text import YamlText


def _text(raw: str) -> str:
    return YamlText().to_text(RawFile("a.yaml", raw.encode()))


def test_texts_stand_after_what_they_describe() -> None:
    raw = """
title: Übersicht
properties:
  reg:
    description: |
      First line
      second line
    maxItems: 1
paths:
  get: {summary: Lists pets, operationId: x}
steps: [{description: One}, {description: Two}]
---
description: second document
"""

    assert _text(raw) == (
        "Übersicht\n\nreg: First line\nsecond line\n\nget: Lists pets\n\n"
        "steps: One\n\nsteps: Two\n\nsecond document\n"
    )


def test_aliases_are_never_followed() -> None:
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 30))

    assert _text(f"l0: &l0 {{description: once}}\n{levels}") == "l0: once\n"
    assert _text("&a [*a, {description: x}]") == "x\n"


def test_tags_build_no_object_and_other_keys_say_nothing() -> None:
    assert _text("!!python/object/apply:os.system [ls]") == ""
    assert _text("? {description: odd key}\n: 1\n? [a, b]\n: {title: t}\n") == "odd key\n\nt\n"


@pytest.mark.parametrize("raw", ["\t- x", "a: [", "[" * 500_000, "- " * 500_000, "{a: " * 500_000, "'open"])
def test_what_is_no_yaml_is_malformed(raw: str) -> None:
    with pytest.raises(Unreadable) as caught:
        _text(raw)

    assert caught.value.reason == "malformed"
