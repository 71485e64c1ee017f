"""Sources come in the order of their documents, fetched ones only as they were locked."""

from pathlib import Path

import pytest

from mypt.config import validate
from mypt.corpus.lock import Lock
from mypt.corpus.recipe import CorpusRecipe
from mypt.corpus.source import open_sources
from mypt.corpus.sources.local_folder import LocalFolder
from mypt.errors import InputError


def recipe(*sources: dict[str, str]) -> CorpusRecipe:
    return validate({"sources": [{"licence": "MIT", **each} for each in sources]}, CorpusRecipe, "test")


def test_sources_are_ordered_as_their_documents_are() -> None:
    names = ("x-y", "x", "a")

    opened = open_sources(recipe(*({"kind": "folder", "name": name, "path": name} for name in names)), Lock())

    assert [source.settings.name for source in opened] == ["a", "x-y", "x"]
    assert all(isinstance(source, LocalFolder) for source in opened)


def test_a_source_that_was_not_fetched_is_an_error_with_the_command(tmp_path: Path) -> None:
    wanted = recipe({"kind": "git", "name": "x", "url": "https://example.org/x.git", "revision": "main"})
    wanted = wanted.model_copy(update={"store": str(tmp_path)})

    with pytest.raises(InputError, match="'x' was not fetched") as caught:
        open_sources(wanted, Lock())

    assert "mypt corpus fetch" in caught.value.hint
