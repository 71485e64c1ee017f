"""Addresses become files, unpacked where they are archives, with what they came from."""

import gzip
import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from mypt.config import validate
from mypt.corpus.lock import Pin
from mypt.corpus.sources.fetching import Fetched, Job
from mypt.corpus.sources.http_files import HttpSettings, fetch_http, is_current
from mypt.errors import ConfigError, InputError
from tests.corpus.http_server import QUICK, Page, WebServer


def archive(**files: str) -> Page:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    return Page(buffer.getvalue(), etag='"a"')


def settings(*downloads: dict[str, str], **values: Any) -> HttpSettings:
    fields = {
        "kind": "http",
        "name": "own",
        "licence": "MIT",
        "downloads": downloads,
        "network": QUICK,
        **values,
    }
    return validate(fields, HttpSettings, "test")


def fetched(wanted: HttpSettings, folder: Path, pin: Pin | None = None) -> tuple[Fetched, Job]:
    job = Job(folder / "source", folder / "kept", pin)
    return fetch_http(wanted, job), job


def test_files_and_archives_lie_where_the_recipe_says(server: WebServer, tmp_path: Path) -> None:
    server.pages |= {
        "/docs.tar.gz": archive(**{"docs/a.md": "A", "docs/LICENSE": "free"}),
        "/b.txt": Page(b"B", "text/plain"),
        "/c.md.gz": Page(gzip.compress(b"C")),
    }
    wanted = settings(
        {"url": f"{server.url}/docs.tar.gz", "path": "v1"},
        {"url": f"{server.url}/b.txt"},
        {"url": f"{server.url}/c.md.gz", "path": "c"},
    )

    result, job = fetched(wanted, tmp_path)

    assert {row.path: row.origin for row in result.origins} == {
        "v1/docs/a.md": f"{server.url}/docs.tar.gz#docs/a.md",
        "b.txt": f"{server.url}/b.txt",
        "c/c.md": f"{server.url}/c.md.gz#c.md",
    }
    assert [(job.files / row.path).read_text() for row in result.origins] == ["A", "B", "C"]
    assert [item.path for item in job.evidence_found()] == ["evidence/v1/docs/LICENSE"]


def test_two_downloads_of_one_name_are_refused(server: WebServer, tmp_path: Path) -> None:
    server.pages |= {"/a/x.txt": Page(b"1"), "/b/x.txt": Page(b"2")}

    with pytest.raises(InputError, match="written twice"):
        fetched(settings({"url": f"{server.url}/a/x.txt"}, {"url": f"{server.url}/b/x.txt"}), tmp_path)


def test_a_digest_in_the_recipe_binds(server: WebServer, tmp_path: Path) -> None:
    server.pages["/a.txt"] = Page(b"A")

    with pytest.raises(InputError, match="expected 1111"):
        fetched(settings({"url": f"{server.url}/a.txt", "sha256": "1" * 64}), tmp_path)


def test_a_digest_in_the_lock_binds(server: WebServer, tmp_path: Path) -> None:
    server.pages["/a.txt"] = Page(b"A")
    wanted = settings({"url": f"{server.url}/a.txt"})
    first, _ = fetched(wanted, tmp_path / "first")
    pin = Pin(kind="http", request="", downloads=tuple(first.downloads), tree="")
    server.pages["/a.txt"] = Page(b"other")

    with pytest.raises(InputError, match=f"expected {first.downloads[0].sha256}"):
        fetched(wanted, tmp_path / "again", pin)


def test_a_state_that_servers_still_have_is_current(server: WebServer, tmp_path: Path) -> None:
    server.pages |= {"/a.txt": Page(b"A", etag='"1"'), "/b.txt": Page(b"B", etag='"1"')}
    wanted = settings({"url": f"{server.url}/a.txt"}, {"url": f"{server.url}/b.txt"})
    result, _ = fetched(wanted, tmp_path)
    pin = Pin(kind="http", request="", downloads=tuple(result.downloads), tree="")

    assert is_current(wanted, pin)
    server.pages["/b.txt"].etag = '"2"'
    assert not is_current(wanted, pin)


@pytest.mark.parametrize("path", ["../out.txt", "/outside/out.txt"])
def test_a_recipe_cannot_place_a_file_outside(server: WebServer, tmp_path: Path, path: str) -> None:
    server.pages["/a.txt"] = Page(b"A")

    with pytest.raises(InputError, match="a name that no file gets"):
        fetched(settings({"url": f"{server.url}/a.txt", "path": path}), tmp_path)


@pytest.mark.parametrize("url", ["http://example.org/a", "file:///etc/passwd"])
def test_only_https_is_fetched(tmp_path: Path, url: str) -> None:
    with pytest.raises(InputError):
        fetched(settings({"url": url}), tmp_path)


def test_a_digest_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"downloads\.0\.sha256"):
        settings({"url": "https://example.org/a", "sha256": "abc"})
