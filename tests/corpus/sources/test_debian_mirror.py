"""A mirror is believed as far as its signature and its digests go."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from mypt.config import validate
from mypt.corpus.lock import Pin
from mypt.corpus.sources.debian_packages import DebianSettings, fetch_debian
from mypt.corpus.sources.fetching import Fetched, Job
from mypt.errors import InputError
from tests.corpus.http_server import QUICK, WebServer
from tests.corpus.sources.debian_archive import docs, make_key, make_package, serve_mirror

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("dpkg-deb", "gpg", "gpgv"))), reason="builds and signs packages"
)
RELEASE = "/debian/dists/stable/InRelease"


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_key(tmp_path_factory.mktemp("gpg") / "home")


def fetched(
    server: WebServer, folder: Path, *packages: str, pin: Pin | None = None, **mirror: Any
) -> Fetched:
    values = {"kind": "debian", "name": "own", "packages": packages, "network": QUICK,
              "mirrors": [{"url": f"{server.url}/debian", **mirror}]}  # fmt: skip
    job = Job(folder / "source", folder / "kept", pin)
    return fetch_debian(validate(values, DebianSettings, "test"), job)


def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mypt.corpus.sources.debian_mirror._KEYRINGS", ())


def test_the_newest_version_comes_with_its_licences(server: WebServer, tmp_path: Path, keyring: Path) -> None:
    versions = ("1.0-1", "1.0-10", "1.0-9")
    packages = [make_package(tmp_path, "own", docs("own"), version=version) for version in versions]
    serve_mirror(server, packages, "test@example.org", keyring.parent)

    result = fetched(server, tmp_path, "own", keyring=str(keyring))

    assert result.downloads[0].about["version"] == "1.0-10"
    assert {row.licence for row in result.origins} == {"GPL-2.0-or-later", "MIT"}
    assert result.notes == [f"{server.url}/debian stable: signature checked with public.gpg"]


def test_a_version_can_be_asked_for(server: WebServer, tmp_path: Path, keyring: Path) -> None:
    packages = [make_package(tmp_path, "own", docs("own"), version=version) for version in ("1", "2")]
    serve_mirror(server, packages, "test@example.org", keyring.parent)

    result = fetched(server, tmp_path, "own=1", keyring=str(keyring))

    assert result.downloads[0].about["version"] == "1"


def test_without_a_keyring_the_notes_say_that_nobody_vouched(
    server: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_keyring(monkeypatch)
    serve_mirror(server, [make_package(tmp_path, "own", docs("own"))])

    assert "signature NOT checked" in fetched(server, tmp_path, "own").notes[0]


def test_a_release_file_that_was_changed_is_refused(server: WebServer, tmp_path: Path, keyring: Path) -> None:
    serve_mirror(server, [make_package(tmp_path, "own", docs("own"))], "test@example.org", keyring.parent)
    page = server.pages[RELEASE]
    page.body = page.body.replace(b"Origin: Test", b"Origin: Tost")

    with pytest.raises(InputError, match="signature of stable is not good"):
        fetched(server, tmp_path, "own", keyring=str(keyring))


def test_text_outside_the_signature_is_never_read(server: WebServer, tmp_path: Path, keyring: Path) -> None:
    good = make_package(tmp_path, "own", docs("own"))
    serve_mirror(server, [good], "test@example.org", keyring.parent)
    page = server.pages[RELEASE]
    page.body = b"SHA256:\n " + b"0" * 64 + b" 1 main/binary-amd64/Packages.xz\n\n" + page.body

    result = fetched(server, tmp_path, "own", keyring=str(keyring))

    assert server.asked("/debian/dists/stable/main/binary-amd64/Packages.xz") == []
    assert len(result.downloads) == 1


@pytest.mark.parametrize("path", ["dists/stable/main/binary-amd64/Packages.gz", "pool/own_1.0-1_all.deb"])
def test_an_index_or_a_package_that_was_changed_is_refused(
    server: WebServer, tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_keyring(monkeypatch)
    serve_mirror(server, [make_package(tmp_path, "own", docs("own"))])
    server.pages[f"/debian/{path}"].body += b"x"

    with pytest.raises(InputError, match=r"sha256 is .* expected"):
        fetched(server, tmp_path, "own")


def test_a_package_that_no_mirror_has_is_named_with_what_is_there(
    server: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_keyring(monkeypatch)
    serve_mirror(server, [make_package(tmp_path, "own", docs("own"))])

    with pytest.raises(InputError, match="no mirror has the package own=9") as caught:
        fetched(server, tmp_path, "own=9")
    assert caught.value.hint == "versions there: 1.0-1"


def test_a_missing_component_is_named(
    server: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_keyring(monkeypatch)
    serve_mirror(server, [make_package(tmp_path, "own", docs("own"))])

    with pytest.raises(InputError, match="stable has no contrib for amd64"):
        fetched(server, tmp_path, "own", components=["main", "contrib"])


def test_a_locked_package_is_fetched_without_asking_the_index(
    server: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_keyring(monkeypatch)
    serve_mirror(server, [make_package(tmp_path, "own", docs("own"))])
    first = fetched(server, tmp_path / "first", "own")
    pin = Pin(kind="debian", request="", downloads=tuple(first.downloads), tree="")
    server.requests.clear()

    again = fetched(server, tmp_path / "again", "own", pin=pin)

    assert again.downloads == first.downloads
    assert [path for path, _ in server.requests] == ["/debian/pool/own_1.0-1_all.deb"]
