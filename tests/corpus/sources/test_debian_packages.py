"""Packages give their documentation, each file with the licence that its package says."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from mypt.config import validate
from mypt.corpus.lock import Download, Pin
from mypt.corpus.sources.debian_packages import DebianSettings, fetch_debian
from mypt.corpus.sources.fetching import Fetched, Job
from mypt.errors import ConfigError, InputError
from tests.corpus.sources.debian_archive import DEP5, docs, make_package

pytestmark = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="builds packages with dpkg-deb")


def settings(folder: Path, *packages: str, **values: Any) -> DebianSettings:
    fields = {"kind": "debian", "name": "own", "folder": str(folder), "packages": packages, **values}
    return validate(fields, DebianSettings, "test")


def fetched(wanted: DebianSettings, folder: Path, pin: Pin | None = None) -> tuple[Fetched, Job]:
    job = Job(folder / "source", folder / "kept", pin)
    return fetch_debian(wanted, job), job


def licences(result: Fetched) -> dict[str, str]:
    return {row.path: row.licence for row in result.origins}


@pytest.mark.parametrize("compression", ["xz", "gzip", "zstd", "none"])
def test_each_file_has_the_licence_of_its_rule(tmp_path: Path, compression: str) -> None:
    make_package(tmp_path, "own", docs("own"), compression=compression)

    result, job = fetched(settings(tmp_path), tmp_path)

    assert licences(result) == {
        "own/usr/share/doc/own/a.txt": "GPL-2.0-or-later",
        "own/usr/share/man/man3/b.3.gz": "MIT",
    }
    assert (job.files / "own/usr/share/doc/own/a.txt").read_text() == "Text of own\n"
    assert [item.path for item in job.evidence_found()] == ["evidence/own/usr/share/doc/own/copyright"]


def test_a_row_names_package_version_and_rule(tmp_path: Path) -> None:
    make_package(tmp_path, "own", docs("own"), version="1:2.0+dfsg-1")

    result, _ = fetched(settings(tmp_path), tmp_path)

    row = next(row for row in result.origins if row.path.endswith("b.3.gz"))
    assert row.origin == "pkg:deb/debian/own@1%3A2.0%2Bdfsg-1?arch=all#usr/share/man/man3/b.3.gz"
    assert row.basis == "evidence/own/usr/share/doc/own/copyright: Files: man3/b.3"


def test_a_copyright_file_is_found_through_links_between_packages(tmp_path: Path) -> None:
    make_package(tmp_path, "base", docs("base"))
    make_package(tmp_path, "twin", {"usr/share/man/man3/b.3": "x"}, links={"usr/share/doc/twin": "base"})
    make_package(
        tmp_path,
        "third",
        {"usr/share/doc/third/a.txt": "x"},
        links={"usr/share/doc/third/copyright": "../twin/copyright"},
    )

    result, _ = fetched(settings(tmp_path), tmp_path)

    assert licences(result)["twin/usr/share/man/man3/b.3"] == "MIT"
    assert licences(result)["third/usr/share/doc/third/a.txt"] == "GPL-2.0-or-later"


@pytest.mark.parametrize("target", ["/etc/passwd", "../../../../etc/passwd", "loop", "copyright"])
def test_a_copyright_link_that_leads_nowhere_is_no_evidence(tmp_path: Path, target: str) -> None:
    links = {"usr/share/doc/own/copyright": target, "usr/share/doc/own/loop": "copyright"}
    make_package(tmp_path, "own", {"usr/share/doc/own/a.txt": "x"}, links=links)

    result, job = fetched(settings(tmp_path), tmp_path)

    assert licences(result) == {"own/usr/share/doc/own/a.txt": ""}
    assert "the licence is what the recipe says" in result.notes[0]
    assert job.evidence_found() == ()


def test_a_copyright_file_for_people_leaves_the_licence_to_the_recipe(tmp_path: Path) -> None:
    files = docs("own") | {"usr/share/doc/own/copyright": "You may copy it.\n"}
    make_package(tmp_path, "own", files)

    result, job = fetched(settings(tmp_path), tmp_path)

    assert set(licences(result).values()) == {""}
    assert settings(tmp_path).licence == "LicenseRef-unknown"
    assert "written for people" in result.notes[0]
    assert len(job.evidence_found()) == 1


def test_licences_that_no_installed_file_has_are_told(tmp_path: Path) -> None:
    text = f"{DEP5}Files: *\nCopyright: A\nLicense: GPL-3+\n"
    text += "\nFiles: doc/x.texi\nCopyright: B\nLicense: GFDL-1.3+\n"
    make_package(tmp_path, "own", {"usr/share/doc/own/copyright": text, "usr/share/info/x.info.gz": "x"})

    result, _ = fetched(settings(tmp_path), tmp_path)

    assert result.notes == ["own: its copyright file also has GFDL-1.3-or-later"]


def test_only_the_packages_that_are_wanted_are_unpacked(tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_package(tmp_path, name, docs(name))

    result, _ = fetched(settings(tmp_path, "two"), tmp_path)

    assert [item.about["package"] for item in result.downloads] == ["two"]


def test_a_package_that_is_missing_is_an_error(tmp_path: Path) -> None:
    make_package(tmp_path, "one", docs("one"))

    with pytest.raises(InputError, match="no package two"):
        fetched(settings(tmp_path, "one", "two"), tmp_path)
    with pytest.raises(InputError, match="holds no such Debian package"):
        fetched(settings(tmp_path, "one=9"), tmp_path / "again")


def test_two_versions_are_an_error_until_one_is_chosen(tmp_path: Path) -> None:
    make_package(tmp_path, "one", docs("one"), version="1")
    make_package(tmp_path, "one", docs("one"), version="2")

    with pytest.raises(InputError, match="two versions of one"):
        fetched(settings(tmp_path), tmp_path)
    result, _ = fetched(settings(tmp_path, "one=2"), tmp_path / "chosen")
    assert [item.revision for item in result.downloads] == ["2"]


def test_only_what_is_locked_is_taken_from_a_folder(tmp_path: Path) -> None:
    make_package(tmp_path, "one", docs("one"))
    make_package(tmp_path, "new", docs("new"))
    download = Download(url="one_1.0-1_all.deb", sha256="x", bytes=1)
    pin = Pin(kind="debian", request="", downloads=(download,), tree="")

    result, _ = fetched(settings(tmp_path), tmp_path, pin)

    assert [item.about["package"] for item in result.downloads] == ["one"]


def test_other_paths_can_be_wanted(tmp_path: Path) -> None:
    make_package(tmp_path, "own", docs("own"))

    result, _ = fetched(settings(tmp_path, paths=["usr/bin/*"]), tmp_path)

    assert licences(result) == {"own/usr/bin/program": "GPL-2.0-or-later"}


def test_a_damaged_package_is_named(tmp_path: Path) -> None:
    package = make_package(tmp_path, "own", docs("own"))
    package.write_bytes(package.read_bytes()[:-200])

    with pytest.raises(InputError, match=r"own_1\.0-1_all\.deb: not an archive"):
        fetched(settings(tmp_path), tmp_path)


@pytest.mark.parametrize(
    "values",
    [
        {"folder": ""},
        {"folder": "a", "mirrors": [{"url": "https://h"}]},
        {"folder": "", "mirrors": [{"url": "https://h"}]},
    ],
)
def test_a_source_has_one_place_and_names_what_it_wants_of_a_mirror(values: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="say "):
        validate({"kind": "debian", "name": "own", **values}, DebianSettings, "test")
