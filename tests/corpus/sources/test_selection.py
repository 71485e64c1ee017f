"""A file is passed over with its reason, or has a licence."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from mypt.corpus.sources.local_folder import FolderSettings
from mypt.corpus.sources.selection import licence_of, reason_to_ignore, refuse_nothing
from mypt.errors import InputError


def settings(**values: Any) -> FolderSettings:
    fields = {"kind": "folder", "name": "own", "path": "data", "licence": "MIT", **values}
    return FolderSettings.model_validate(fields)


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("a.md", {}, ""),
        ("a.md.gz", {}, ""),
        ("a.png", {}, "suffix .png"),
        ("program", {}, "no suffix"),
        ("program", {"formats": {"prog*": "text"}}, ""),
        ("a.md", {"include": ["docs/*"]}, "not wanted"),
        ("docs/a.md", {"include": ["docs/*"]}, ""),
        ("docs/a.md", {"include": ["docs/*"], "exclude": ["*a.md"]}, "not wanted"),
    ],
)
def test_a_file_is_wanted_and_of_a_known_format_or_passed_over(
    tmp_path: Path, name: str, values: dict[str, Any], reason: str
) -> None:
    assert reason_to_ignore(name, tmp_path, settings(**values)) == reason


@pytest.mark.parametrize("data", [b"no gzip", gzip.compress(b"x" * 100, mtime=0)[:20]])
def test_a_damaged_file_is_judged_by_its_name(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.bin.gz").write_bytes(data)

    assert reason_to_ignore("a.bin.gz", tmp_path, settings()) == "suffix .gz"


def test_the_recipe_goes_before_the_evidence_and_the_evidence_before_the_source() -> None:
    said = settings(licences={"docs/*": "CC0-1.0", "docs/x*": "CC-BY-4.0"})

    assert licence_of("docs/x.md", "ISC", said) == "CC-BY-4.0"
    assert licence_of("docs/a.md", "ISC", said) == "CC0-1.0"
    assert licence_of("a.md", "ISC", said) == "ISC"
    assert licence_of("a.md", "", said) == "MIT"


def test_a_source_without_a_file_says_what_is_there() -> None:
    with pytest.raises(
        InputError, match=r"here: holds no file that can be read \(link: 1, suffix \.png: 2\)"
    ):
        refuse_nothing("here", [], {"suffix .png": 2, "link": 1})
    refuse_nothing("here", ["a"], {})
