"""A corpus recipe says what it means, or what is wrong with it."""

from pathlib import Path
from typing import Any

import pytest

from mypt.config import load, validate
from mypt.corpus.recipe import CorpusRecipe
from mypt.errors import ConfigError

ROOT = Path(__file__).parents[2]
SOURCE = {"kind": "folder", "name": "acts", "path": "data", "licence": "MIT"}


def recipe(*sources: dict[str, Any], **settings: Any) -> CorpusRecipe:
    return validate({"sources": list(sources), **settings}, CorpusRecipe, "test")


def test_the_demo_recipe_is_valid_and_its_folders_are_there() -> None:
    demo = load(ROOT / "configs" / "corpus" / "demo.json", CorpusRecipe)

    assert [source.language for source in demo.sources] == ["de", "en"]
    assert all((ROOT / source.path).is_dir() for source in demo.sources)


def test_unreadable_files_stop_the_build_unless_said_otherwise() -> None:
    assert recipe(SOURCE).on_unreadable == "error"


def test_two_sources_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigError, match="more than one is called 'acts'"):
        recipe(SOURCE, SOURCE | {"path": "elsewhere"})


def test_a_corpus_needs_a_source() -> None:
    with pytest.raises(ConfigError, match="sources: "):
        recipe()


@pytest.mark.parametrize("licence", ["MIT", "CC-BY-SA-4.0", "GPL-2.0+", "LicenseRef-CH-URG-Art5"])
def test_spdx_ids_and_own_references_are_licences(licence: str) -> None:
    assert recipe(SOURCE | {"licence": licence}).sources[0].licence == licence


@pytest.mark.parametrize("licence", ["", "MIT License", "LicenseRef-", "see file", "-MIT"])
def test_free_text_is_no_licence(licence: str) -> None:
    with pytest.raises(ConfigError, match=r"sources\.0\.licence: "):
        recipe(SOURCE | {"licence": licence})


@pytest.mark.parametrize("name", ["", "a/b", ".hidden", "two words", "ä"])
def test_a_name_that_would_not_make_a_clean_id_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=r"sources\.0\.name: "):
        recipe(SOURCE | {"name": name})


def test_a_misspelt_setting_of_a_source_gets_a_suggestion() -> None:
    with pytest.raises(ConfigError, match=r"sources\.0\.license: no such setting; did you mean `licence`"):
        recipe(SOURCE | {"license": "MIT"})


@pytest.mark.parametrize(
    "change", [{"kind": "git"}, {"language": "fr"}, {"path": ""}, {"max_file_bytes": 0}, {"licence": None}]
)
def test_other_wrong_values_are_named(change: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=rf"sources\.0\.{next(iter(change))}: "):
        recipe(SOURCE | change)
