"""What each source of a recipe was when it was fetched: the lock file beside the recipe."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import Field

from mypt.config import Section, validate
from mypt.files import read_json, write_json


class Download(Section):
    """One thing that came from outside, byte for byte."""

    url: str
    """Where it was, or the name of a local file."""
    sha256: str
    """Empty for a repository, whose commit binds its bytes."""
    bytes: int
    revision: str = ""
    """What the server calls this state: ETag and date of change, or a version; servers may differ in it."""
    about: dict[str, str] = Field(default_factory=dict)
    """What the source's index says of it, so that a fetch by the lock need not ask again."""


class Evidence(Section):
    """A file that says under which licence others are."""

    path: str
    sha256: str


class Pin(Section):
    """One source, pinned."""

    kind: str
    request: str
    """Digest of what the recipe asked for."""
    revision: str = ""
    """Commit, or date in force; empty where the downloads alone say it."""
    downloads: tuple[Download, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    tree: str
    """Digest of paths, contents, licences and origins of all its files."""
    notes: tuple[str, ...] = ()
    """What a person should know: a signature that was not checked, languages that are missing."""

    @property
    def sha256_by_url(self) -> dict[str, str]:
        """Return what each download has to be."""
        return {download.url: download.sha256 for download in self.downloads}


class Lock(Section):
    """All pins of a recipe."""

    format: str = Field(default="mypt-lock-1", pattern="^mypt-lock-1$")
    sources: dict[str, Pin] = Field(default_factory=dict)


def lock_path(recipe: Path) -> Path:
    """Return where the lock file of a recipe lies."""
    return recipe.with_name(f"{recipe.stem}.lock.json")


def read_lock(path: Path) -> Lock:
    """Return the pins in a lock file, none when there is no file; ConfigError when it is damaged."""
    return validate(read_json(path), Lock, str(path)) if path.exists() else Lock()


def write_lock(path: Path, lock: Lock) -> None:
    """Write a lock file for people to read and to compare, atomically."""
    write_json(path, lock.model_dump(mode="json"))


def differences(locked: Pin, found: Pin) -> list[str]:
    """Return in words how what was found is not what was locked; nothing when it is."""
    return list(_differences(locked, found))


def _differences(locked: Pin, found: Pin) -> Iterator[str]:
    for name in ("kind", "request", "revision"):
        if getattr(locked, name) != getattr(found, name):
            yield f"{name} is {getattr(found, name)}, locked is {getattr(locked, name)}"
    yield from _differences_of("download", locked.sha256_by_url, found.sha256_by_url)
    evidence = ({item.path: item.sha256 for item in pin.evidence} for pin in (locked, found))
    yield from _differences_of("evidence", *evidence)
    if locked.tree != found.tree:
        yield f"the digest of all files is {found.tree}, locked is {locked.tree}"


def _differences_of(what: str, locked: dict[str, str], found: dict[str, str]) -> Iterator[str]:
    for name in sorted(locked.keys() | found.keys()):
        if locked.get(name) != found.get(name):
            yield (
                f"{what} {name}: sha256 is {found.get(name, 'missing')}, "
                f"locked is {locked.get(name, 'nothing of that name')}"
            )
