"""A corpus recipe says what it means, or what is wrong with it."""

from pathlib import Path
from typing import Any

import pytest

from mypt.config import load, validate
from mypt.corpus.recipe import CorpusRecipe
from mypt.corpus.sources.local_folder import FolderSettings
from mypt.errors import ConfigError

ROOT = Path(__file__).parents[2]
SOURCE = {"kind": "folder", "name": "acts", "path": "data", "licence": "MIT"}


def recipe(*sources: dict[str, Any], **settings: Any) -> CorpusRecipe:
    return validate({"sources": list(sources), **settings}, CorpusRecipe, "test")


def test_the_demo_recipe_is_valid_and_its_folders_are_there() -> None:
    demo = load(ROOT / "configs" / "corpus" / "demo.json", CorpusRecipe)

    assert [source.language for source in demo.sources] == ["de", "en"]
    folders = [source.path for source in demo.sources if isinstance(source, FolderSettings)]
    assert len(folders) == 2
    assert all((ROOT / folder).is_dir() for folder in folders)


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
    with pytest.raises(ConfigError, match=r"sources\.0\.folder\.licence: "):
        recipe(SOURCE | {"licence": licence})


@pytest.mark.parametrize("name", ["", "a/b", ".hidden", "two words", "ä"])
def test_a_name_that_would_not_make_a_clean_id_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=r"sources\.0\.folder\.name: "):
        recipe(SOURCE | {"name": name})


def test_a_misspelt_setting_of_a_source_gets_a_suggestion() -> None:
    with pytest.raises(
        ConfigError, match=r"sources\.0\.folder\.license: no such setting; did you mean `licence`"
    ):
        recipe(SOURCE | {"license": "MIT"})


@pytest.mark.parametrize(
    "change", [{"language": "fr"}, {"path": ""}, {"max_file_bytes": 0}, {"licence": None}]
)
def test_other_wrong_values_are_named(change: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=rf"sources\.0\.folder\.{next(iter(change))}: "):
        recipe(SOURCE | change)


def test_settings_of_another_kind_and_unknown_kinds_are_named() -> None:
    with pytest.raises(ConfigError, match=r"sources\.0\.git\.path: no such setting; did you mean `paths`"):
        recipe(SOURCE | {"kind": "git"})
    with pytest.raises(ConfigError, match="'ftp'"):
        recipe(SOURCE | {"kind": "ftp"})


def test_the_domain_recipe_names_every_kind_of_public_source() -> None:
    domain = load(ROOT / "configs" / "corpus" / "domain.json", CorpusRecipe)

    assert {source.kind for source in domain.sources} == {"git", "http", "fedlex"}
    assert {source.category for source in domain.sources} == {"domain", "code", "structured"}
    assert all(source.licence != "LicenseRef-unknown" for source in domain.sources)
