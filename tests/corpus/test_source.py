"""Every kind that a recipe may name has its source."""

from pathlib import Path
from typing import get_args

from mypt.corpus.source import BY_KIND, Source
from mypt.corpus.sources.local_folder import FolderSettings


def test_every_kind_of_a_recipe_leads_to_a_source() -> None:
    assert set(get_args(FolderSettings.model_fields["kind"].annotation)) == set(BY_KIND)


def test_a_folder_is_a_source(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text", encoding="utf-8")
    settings = FolderSettings(kind="folder", name="own", path=str(tmp_path), licence="MIT")

    source: Source = BY_KIND["folder"](settings)

    assert [file.path for file in source.listing.files] == ["a.txt"]
    assert [item.id for item in source.documents()] == ["own/a.txt"]
