"""A folder is listed in the order of its paths, and read without surprises."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from mypt.corpus.sources.local_folder import FolderSettings, LocalFolder
from mypt.errors import InputError


def folder(path: Path, **settings: object) -> LocalFolder:
    values = {"kind": "folder", "name": "own", "path": str(path), "licence": "MIT", **settings}
    return LocalFolder(FolderSettings.model_validate(values))


def fill(path: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_every_known_format_is_found_at_any_depth_in_the_order_of_paths(tmp_path: Path) -> None:
    fill(tmp_path, {"z.txt": "z", "b/c.md": "c", "b/a/d.markdown": "d", "a.TEXT": "a"})
    fill(tmp_path / "b-c", {"e.md": "e"})

    paths = [file.path for file in folder(tmp_path).listing.files]

    assert paths == ["a.TEXT", "b-c/e.md", "b/a/d.markdown", "b/c.md", "z.txt"]
    assert paths == sorted(paths)


def test_the_order_of_creation_does_not_matter(tmp_path: Path) -> None:
    one = folder(fill(tmp_path / "one", {"a.md": "a", "b.md": "b"}))
    two = folder(fill(tmp_path / "two", {"b.md": "b", "a.md": "a"}))

    assert one.listing == two.listing


def test_other_suffixes_are_counted_and_hidden_files_do_not_exist(tmp_path: Path) -> None:
    fill(tmp_path, {"a.md": "a", "b.pdf": "b", "c.pdf": "c", "program": "d"})
    fill(tmp_path / ".git", {"e.md": "e"})
    fill(tmp_path, {".f.md": "f"})

    listing = folder(tmp_path).listing

    assert [file.path for file in listing.files] == ["a.md"]
    assert listing.ignored == {"suffix .pdf": 2, "no suffix": 1}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_passed_over(tmp_path: Path) -> None:
    os.mkfifo(fill(tmp_path, {"a.md": "a"}) / "b.md")

    assert folder(tmp_path).listing.ignored == {"special file": 1}


def test_links_inside_the_folder_are_passed_over_and_never_followed(tmp_path: Path) -> None:
    fill(tmp_path, {"a.md": "a"})
    (tmp_path / "again.md").symlink_to("a.md")
    (tmp_path / "loop").symlink_to(".")
    (tmp_path / "itself.md").symlink_to("itself.md")

    listing = folder(tmp_path).listing

    assert [file.path for file in listing.files] == ["a.md"]
    assert listing.ignored == {"link": 3}


@pytest.mark.parametrize("target", ["../secret.md", "..", "../nowhere.md"])
def test_a_link_that_leaves_the_folder_is_refused(tmp_path: Path, target: str) -> None:
    fill(tmp_path, {"secret.md": "s", "inside/a.md": "a"})
    (tmp_path / "inside" / "link.md").symlink_to(target)

    with pytest.raises(InputError, match=r"link\.md: is a link that leaves the folder") as caught:
        _ = folder(tmp_path / "inside").listing

    assert "another source" in caught.value.hint


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    fill(tmp_path, {"real/a.md": "a"})
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "real" / "again.md").symlink_to("a.md")

    assert [file.path for file in folder(tmp_path / "link").listing.files] == ["a.md"]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere: no such folder, source 'own'") as caught:
        _ = folder(tmp_path / "nowhere").listing

    assert "relative to the folder where the command runs" in caught.value.hint


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    fill(tmp_path, {"a.md": "a"})

    with pytest.raises(InputError, match="no such folder"):
        _ = folder(tmp_path / "a.md").listing


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is empty") as caught:
        _ = folder(tmp_path).listing

    assert "markdown" in caught.value.hint


def test_a_folder_with_nothing_to_read_says_what_is_there(tmp_path: Path) -> None:
    fill(tmp_path, {"a.pdf": "a", "b.pdf": "b", "c.png": "c"})

    with pytest.raises(InputError, match=r"no file that can be read \(suffix \.pdf: 2, suffix \.png: 1\)"):
        _ = folder(tmp_path).listing


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
def test_a_name_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.md")).write_bytes(b"x")

    with pytest.raises(InputError, match=r"not UTF-8: 'caf\\udce9\.md'"):
        _ = folder(tmp_path).listing


def test_a_licence_can_be_said_of_some_files(tmp_path: Path) -> None:
    fill(tmp_path, {"a.md": "a", "docs/b.md": "b"})
    source = folder(tmp_path, licences={"docs/*": "CC-BY-4.0"}, origin="https://example.org")

    assert [(file.licence, file.origin) for file in source.listing.files] == [
        ("MIT", "https://example.org"),
        ("CC-BY-4.0", "https://example.org"),
    ]


def test_a_folder_is_no_artifact(tmp_path: Path) -> None:
    assert folder(tmp_path).artifact is None
