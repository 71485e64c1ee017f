"""Files and archives at public addresses."""

from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import Field

from mypt.config import Section
from mypt.corpus.archive import Limits, is_archive, safe_name, unpack, write_new
from mypt.corpus.lock import Pin
from mypt.corpus.sources.download import Client, Wanted, url_parts
from mypt.corpus.sources.fetching import Fetched, Job, Origin
from mypt.corpus.sources.settings import NetworkSettings, SourceSettings, matches


class HttpFile(Section):
    """One address."""

    url: str
    """Where it is; https, or http on this machine itself."""
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    """What it has to be, when that is known before it is locked."""
    path: str = ""
    """Where it goes in the source: the name of a file, or for an archive a folder."""


class HttpSettings(SourceSettings):
    """Files and archives at public addresses; archives are unpacked."""

    kind: Literal["http"]
    downloads: tuple[HttpFile, ...] = Field(min_length=1)
    """What is fetched."""
    content_types: tuple[str, ...] = ()
    """Beginnings of the types that are accepted; empty accepts all but a web page in place of a file."""
    redirect_hosts: tuple[str, ...] = ()
    """Other hosts that a server may send us to."""
    licence_files: tuple[str, ...] = (
        "LICEN[CS]E*",
        "COPYING*",
        "COPYRIGHT*",
        "NOTICE*",
        "*/LICEN[CS]E*",
        "*/COPYING*",
    )
    """Globs of the files that say which licence holds; kept as evidence."""
    limits: Limits = Limits()
    """Bounds of what one archive may hold."""
    network: NetworkSettings = NetworkSettings()
    """Patience with servers, and politeness to them."""


def fetch_http(settings: HttpSettings, job: Job) -> Fetched:
    """Download and unpack all addresses; InputError for one that is not what is locked."""
    fetched = Fetched()
    locked = job.pin.sha256_by_url if job.pin else {}
    client = _client(settings)
    for number, item in enumerate(settings.downloads):
        sha256 = item.sha256 or locked.get(item.url, "")
        path = job.kept / f"{number:04d}"
        fetched.downloads.append(client.download(Wanted(item.url, sha256, settings.content_types), path))
        _place(item, path, settings, job, fetched)
    return fetched


def is_current(settings: HttpSettings, pin: Pin) -> bool:
    """Say whether the servers still have exactly what is locked."""
    client = _client(settings)
    return all(client.is_current(download) for download in pin.downloads)


def _client(settings: HttpSettings) -> Client:
    return Client(settings.network, [item.url for item in settings.downloads], settings.redirect_hosts)


def _place(item: HttpFile, path: Path, settings: HttpSettings, job: Job, fetched: Fetched) -> None:
    """Put a download where it belongs, unpacked where it is an archive."""
    basename = PurePosixPath(url_parts(item.url).path).name or "index.html"

    def placed(name: str) -> Path:
        inside = safe_name(f"{item.path}/{name}" if item.path else name)
        if matches(name, settings.licence_files):
            return job.evidence / inside
        fetched.origins.append(Origin(inside, origin=f"{item.url}#{name}"))
        return job.files / inside

    if is_archive(basename):
        fetched.counts += unpack(path, basename, placed, settings.limits).ignored
        return
    name = safe_name(item.path or basename)
    with path.open("rb") as source, write_new(job.files / name) as target:
        while block := source.read(2**20):
            target.write(block)
    fetched.origins.append(Origin(name, origin=item.url))
