"""What all sources share: globs, formats, licences, and what a fetch depends on."""

from typing import Any

import pytest

from mypt.config import validate
from mypt.corpus.sources.local_folder import FolderSettings
from mypt.corpus.sources.settings import matches
from mypt.errors import ConfigError


def settings(**values: Any) -> FolderSettings:
    fields = {"kind": "folder", "name": "own", "path": "data", "licence": "MIT", **values}
    return validate(fields, FolderSettings, "test")


@pytest.mark.parametrize(
    ("path", "glob", "expected"),
    [
        ("docs/a/b.md", "docs/*.md", True),
        ("docs/a/b.md", "*.md", True),
        ("docs/b.MD", "*.md", False),
        ("other/docs/b.md", "docs/*", False),
    ],
)
def test_a_star_crosses_folders_and_case_counts(path: str, glob: str, *, expected: bool) -> None:
    assert matches(path, [glob]) is expected


def test_what_is_asked_for_changes_the_request_and_what_is_read_of_it_does_not() -> None:
    same = [settings(), settings(category="code"), settings(include=["*.md"]), settings(licence="CC0-1.0")]

    assert len({one.request for one in same}) == 1
    assert settings(path="elsewhere").request != same[0].request


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"formats": {"*": "klingon"}}, "no format is called 'klingon'"),
        ({"licence": "free"}, "no SPDX expression"),
        ({"licences": {"*": "free"}}, "no SPDX expression"),
        ({"category": "other"}, "category"),
        ({"language": "fr"}, "language"),
    ],
)
def test_a_setting_that_means_nothing_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        settings(**change)
