"""Debian packages of documentation, from a mirror or a local folder, with the licence of each file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from debian_inspector.debcon import get_paragraph_data
from pydantic import model_validator

from mypt.corpus.archive import Limits, read_deb_control, unpack
from mypt.corpus.licence import UNKNOWN, Licence
from mypt.corpus.lock import Download
from mypt.corpus.sources.debian_copyright import Copyright, parse_copyright
from mypt.corpus.sources.debian_mirror import DebianMirror, find_packages
from mypt.corpus.sources.download import Client, Wanted
from mypt.corpus.sources.fetching import Fetched, Job, Origin
from mypt.corpus.sources.settings import NetworkSettings, SourceSettings, matches
from mypt.errors import InputError
from mypt.files import sha256_file

_COPYRIGHT = "usr/share/doc/*/copyright"
_MAX_LINKS = 8
_SHOWN = 8
_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")


class DebianSettings(SourceSettings):
    """Debian packages; the licence of each file is read from the package."""

    kind: Literal["debian"]
    licence: Licence = UNKNOWN
    """Licence of the files of a package whose copyright file is written for people alone."""
    packages: tuple[str, ...] = ()
    """Names, or `name=version`; for a folder all of it when there is none."""
    folder: str = ""
    """Folder of packages on this machine."""
    mirrors: tuple[DebianMirror, ...] = ()
    """Where packages are fetched; the newest version of all mirrors is taken."""
    paths: tuple[str, ...] = ("usr/share/*",)
    """Globs of the files that are kept."""
    limits: Limits = Limits()
    """How much may come out of one package."""
    network: NetworkSettings = NetworkSettings()
    """Patience with servers, and politeness to them."""

    @model_validator(mode="after")
    def _has_one_place(self) -> "DebianSettings":
        if bool(self.folder) == bool(self.mirrors):
            raise ValueError("say either `folder` or `mirrors`, where the packages are")
        if self.mirrors and not self.packages:
            raise ValueError("say in `packages` which ones are fetched")
        return self


@dataclass
class _Package:
    """One package: its file, what it says of itself, and what came out of it."""

    path: Path
    download: Download
    names: list[str] = field(default_factory=list)
    """Its files, by the path where they get installed."""
    links: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        name = self.download.about["package"]
        if not _NAME.fullmatch(name):
            raise InputError(f"{self.path}: calls itself {name!a}, which is no name of a package")
        return name


def fetch_debian(settings: DebianSettings, job: Job) -> Fetched:
    """Unpack the packages, and say of each file what its package says of its licence."""
    fetched = Fetched()
    packages = _from_folder(settings, job) if settings.folder else _from_mirrors(settings, job, fetched)
    _require_packages(settings, packages)
    for package in packages:
        _unpack(package, settings, job, fetched)
        fetched.downloads.append(package.download)
    for package in packages:
        _say_licences(package, packages, job, fetched)
    return fetched


def _from_folder(settings: DebianSettings, job: Job) -> list[_Package]:
    """Return the packages in a folder by what they say of themselves, not by their file names."""
    wanted = {name.partition("=")[0]: name.partition("=")[2] for name in settings.packages}
    locked = job.pin.sha256_by_url if job.pin else {}
    found: list[_Package] = []
    for path in sorted(Path(settings.folder).glob("*.deb")):
        fields = get_paragraph_data(read_deb_control(path))
        about = {name: fields.get(name, "") for name in ("package", "version", "architecture")}
        if settings.packages and wanted.get(about["package"]) not in ("", about["version"]):
            continue
        if job.pin and path.name not in locked:
            continue
        download = Download(
            url=path.name, sha256=sha256_file(path), bytes=path.stat().st_size, about=about,
            revision=about["version"],
        )  # fmt: skip
        found.append(_Package(path, download))
    if not found:
        raise InputError(
            f"{settings.folder}: holds no such Debian package", hint="apt-get download NAME gets one"
        )
    return found


def _from_mirrors(settings: DebianSettings, job: Job, fetched: Fetched) -> list[_Package]:
    """Download what is locked, without asking an index, or else the newest versions."""
    urls = [mirror.url for mirror in settings.mirrors]
    client = Client(settings.network, urls)
    if job.pin:
        wanted = [Wanted(item.url, item.sha256, about=item.about) for item in job.pin.downloads]
    else:
        entries, fetched.notes = find_packages(settings.mirrors, settings.packages, client, job.kept)
        wanted = [entry.wanted for entry in entries]
    places = [job.kept / f"{number:04d}.deb" for number in range(len(wanted))]
    return [_Package(place, client.download(item, place)) for item, place in zip(wanted, places, strict=True)]


def _require_packages(settings: DebianSettings, packages: Sequence[_Package]) -> None:
    names = [package.name for package in packages]
    missing = sorted({name.partition("=")[0] for name in settings.packages} - set(names))
    if missing:
        raise InputError(
            f"{settings.name}: no package {', '.join(missing)}", hint="a missing package is no smaller mix"
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            f"{settings.name}: two versions of {twice[0]}", hint=f'say which: "{twice[0]}=VERSION"'
        )


def _unpack(package: _Package, settings: DebianSettings, job: Job, fetched: Fetched) -> None:
    """Write what is wanted of a package below its name; copyright files are evidence, not documents."""

    def placed(name: str) -> Path | None:
        if matches(name, [_COPYRIGHT]):
            return job.evidence / package.name / name
        if not matches(name, settings.paths):
            return None
        package.names.append(name)
        return job.files / package.name / name

    unpacked = unpack(package.path, package.download.url.rpartition("/")[2], placed, settings.limits)
    package.links = unpacked.links
    fetched.counts += unpacked.ignored


def _say_licences(package: _Package, packages: Sequence[_Package], job: Job, fetched: Fetched) -> None:
    copyright_path = _copyright_file(package, packages, job.evidence)
    rules = _read_rules(copyright_path)
    if copyright_path is None or rules is None:
        reason = "written for people" if copyright_path else "not in it and not in its neighbours"
        fetched.notes.append(f"{package.name}: copyright file {reason}; the licence is what the recipe says")
    where = copyright_path.relative_to(job.folder).as_posix() if copyright_path else ""
    used: set[str] = set()
    for name in package.names:
        licence, glob = rules.licence_of(name) if rules else ("", "")
        used.add(licence)
        known = "" if licence == UNKNOWN else licence
        basis = f"{where}: Files: {glob}" if glob else where
        origin = f"{_purl(package.download)}#{name}"
        fetched.origins.append(Origin(f"{package.name}/{name}", known, origin, basis))
    if rules and (unused := sorted({licence for _, licence in rules.rules} - used)):
        # Built files carry other names than their sources, so that `Files: *` may be said of them wrongly.
        fetched.notes.append(f"{package.name}: its copyright file also has {', '.join(unused[:_SHOWN])}")


def _read_rules(path: Path | None) -> Copyright | None:
    return parse_copyright(path.read_text(encoding="utf-8", errors="replace")) if path else None


def _copyright_file(package: _Package, packages: Sequence[_Package], evidence: Path) -> Path | None:
    """Return a package's copyright file, which may lie in another package that a link names."""
    links = package.links
    name = f"usr/share/doc/{package.name}/copyright"
    for _ in range(_MAX_LINKS):
        for other in (package, *packages):
            path = evidence / other.name / name
            if path.is_file() and matches(name, [_COPYRIGHT]):
                return path
        followed = _followed(name, links)
        if followed is None:
            return None
        name, links = followed, {key: to for other in packages for key, to in other.links.items()}
    return None


def _followed(name: str, links: dict[str, str]) -> str | None:
    """Return where a path leads when its first part that is a link is followed."""
    parts = name.split("/")
    for end in range(1, len(parts) + 1):
        head = "/".join(parts[:end])
        if head in links:
            target = links[head]
            start = [] if target.startswith("/") else parts[: end - 1]
            return _normal([*start, *target.split("/"), *parts[end:]])
    return None


def _normal(parts: Sequence[str]) -> str:
    result: list[str] = []
    for part in parts:
        if part == "..":
            result = result[:-1]
        elif part not in ("", "."):
            result.append(part)
    return "/".join(result)


def _purl(download: Download) -> str:
    """Return the address of a package that holds wherever it is mirrored."""
    about = download.about
    version = about["version"].replace(":", "%3A").replace("+", "%2B")
    return f"pkg:deb/debian/{about['package']}@{version}?arch={about['architecture']}"
