"""What was fetched is offered to a build only when it is what is locked, byte for byte."""

from pathlib import Path
from typing import Any

import pytest

from mypt.config import validate
from mypt.corpus.fetch import fetch
from mypt.corpus.lock import Pin, read_lock
from mypt.corpus.recipe import CorpusRecipe
from mypt.corpus.sources.fetched import FetchedSource, read_pin
from mypt.errors import InputError, ManifestMismatch
from tests.corpus.http_server import QUICK, Page, WebServer


def recipe(server: WebServer, folder: Path, **values: Any) -> CorpusRecipe:
    source = {
        "kind": "http", "name": "web", "licence": "MIT", "network": QUICK,
        "downloads": [{"url": f"{server.url}/{name}"} for name in server.pages], **values,
    }  # fmt: skip
    return validate({"sources": [source], "store": str(folder / "store")}, CorpusRecipe, "test")


@pytest.fixture
def locked(server: WebServer, tmp_path: Path) -> Pin:
    for name, body in {"a.md": b"A", "b.md": b"B", "c.png": b"\x89PNG\0", ".d.md": b"D"}.items():
        server.pages[f"/{name}"] = Page(body, "text/plain")
    server.pages = {path.removeprefix("/"): page for path, page in server.pages.items()}
    wanted = recipe(server, tmp_path)
    server.pages = {f"/{path}": page for path, page in server.pages.items()}
    fetch(wanted, tmp_path / "r.json")
    server.pages = {path.removeprefix("/"): page for path, page in server.pages.items()}
    return read_lock(tmp_path / "r.lock.json").sources["web"]


def source(server: WebServer, folder: Path, pin: Pin | None, **values: Any) -> FetchedSource:
    return FetchedSource(recipe(server, folder, **values).sources[0], folder / "store", pin)


def test_files_come_with_digest_licence_and_origin(server: WebServer, tmp_path: Path, locked: Pin) -> None:
    found = source(server, tmp_path, locked, licences={"b*": "CC0-1.0"})

    files = found.listing.files
    assert [(file.path, file.bytes, file.licence, file.origin) for file in files] == [
        ("a.md", 1, "MIT", f"{server.url}/a.md"),
        ("b.md", 1, "CC0-1.0", f"{server.url}/b.md"),
    ]
    assert (found.root / "a.md").read_bytes() == b"A"
    assert found.listing.ignored == {"suffix .png": 1, "hidden": 1}


def test_the_digest_of_a_listing_changes_with_a_licence(
    server: WebServer, tmp_path: Path, locked: Pin
) -> None:
    one = source(server, tmp_path, locked).listing.digest

    assert source(server, tmp_path, locked, licences={"b*": "CC0-1.0"}).listing.digest != one


def test_files_can_be_chosen_without_a_fetch(server: WebServer, tmp_path: Path, locked: Pin) -> None:
    found = source(server, tmp_path, locked, include=["*.md"], exclude=["a*"])

    assert [file.path for file in found.listing.files] == ["b.md"]
    assert found.listing.ignored == {"not wanted": 2, "hidden": 1}


def test_nothing_to_read_is_an_error(server: WebServer, tmp_path: Path, locked: Pin) -> None:
    with pytest.raises(InputError, match=r"holds no file that can be read \(hidden: 1, not wanted: 3\)"):
        _ = source(server, tmp_path, locked, include=["none"]).listing


def test_a_source_that_is_not_locked_or_not_there_was_not_fetched(
    server: WebServer, tmp_path: Path, locked: Pin
) -> None:
    with pytest.raises(InputError, match="was not fetched: it is not locked"):
        source(server, tmp_path, None)
    with pytest.raises(InputError, match="was not fetched: it is not in"):
        source(server, tmp_path / "elsewhere", locked)


@pytest.mark.parametrize("change", [{"tree": "0"}, {"downloads": ()}, {"revision": "x"}])
def test_a_lock_that_disagrees_with_the_folder_is_an_error(
    server: WebServer, tmp_path: Path, locked: Pin, change: dict[str, Any]
) -> None:
    with pytest.raises(ManifestMismatch, match="is not what the recipe and its lock file say") as caught:
        source(server, tmp_path, locked.model_copy(update=change))
    assert "--update web" in caught.value.hint


def test_a_recipe_that_asks_for_something_else_is_an_error(
    server: WebServer, tmp_path: Path, locked: Pin
) -> None:
    with pytest.raises(ManifestMismatch, match="request is"):
        source(server, tmp_path, locked, redirect_hosts=["h"])


def test_a_changed_file_is_an_error(server: WebServer, tmp_path: Path, locked: Pin) -> None:
    (tmp_path / "store" / "web" / "files" / "a.md").write_text("X")

    with pytest.raises(ManifestMismatch, match="not what was sealed"):
        source(server, tmp_path, locked)


def test_the_folder_says_itself_what_it_is(tmp_path: Path, locked: Pin) -> None:
    assert read_pin(tmp_path / "store" / "web") == locked
