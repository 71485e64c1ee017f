"""A folder on this machine: every file of a known format below it."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field

from mypt.corpus.listing import Listing, SourceFile
from mypt.corpus.sources.selection import licence_of, reason_to_ignore, refuse_nothing
from mypt.corpus.sources.settings import SourceSettings
from mypt.errors import InputError
from mypt.files import sha256_file
from mypt.provenance.artifact import Artifact


class FolderSettings(SourceSettings):
    """A folder on this machine, read where it lies."""

    kind: Literal["folder"]
    path: str = Field(min_length=1)
    """The folder, relative to where the command runs."""


class LocalFolder:
    """The files in a folder, by path; hidden files do not exist for it."""

    def __init__(self, settings: FolderSettings) -> None:
        self.settings = settings
        self.root = Path(settings.path)
        self.artifact: Artifact | None = None

    @cached_property
    def listing(self) -> Listing:
        """Return the files of known formats with their digests, read once.

        Raises InputError for a missing folder, one without such a file, and for
        a link that leads out of it.
        """
        if not self.root.is_dir():
            raise InputError(
                f"{self.root}: no such folder, source {self.settings.name!r} of the corpus",
                hint="paths in a recipe are relative to the folder where the command runs",
            )
        ignored: Counter[str] = Counter()
        paths: list[Path] = []
        for path in self._sorted_entries():
            reason = self._reason_to_ignore(path)
            if reason:
                ignored[reason] += 1
            else:
                paths.append(path)
        refuse_nothing(self.root, paths, ignored)
        with ThreadPoolExecutor() as threads:
            return Listing(tuple(threads.map(self._listed, paths)), dict(ignored))

    def _sorted_entries(self) -> list[Path]:
        try:
            entries = [(path, self._relative(path)) for path in _visible_entries(self.root)]
        except OSError as error:
            raise InputError(f"{error.filename}: cannot be read: {error.strerror}") from error
        return [path for path, _ in sorted(entries, key=lambda entry: entry[1])]

    def _relative(self, path: Path) -> str:
        relative = path.relative_to(self.root).as_posix()
        try:
            relative.encode()
        except UnicodeEncodeError as error:
            raise InputError(
                f"{self.root}: the name of a file in it is not UTF-8: {relative!a}", hint="rename it"
            ) from error
        return relative

    def _reason_to_ignore(self, path: Path) -> str:
        if path.is_symlink():
            self._refuse_to_leave(path)
            return "link"
        if not path.is_file():
            return "special file"
        return reason_to_ignore(self._relative(path), self.root, self.settings)

    def _refuse_to_leave(self, link: Path) -> None:
        """A file that a link finds inside the folder is listed anyway; one outside is another source."""
        try:
            target = link.resolve()
        except (OSError, RuntimeError):
            return
        if not target.is_relative_to(self.root.resolve()):
            raise InputError(
                f"{link}: is a link that leaves the folder of source {self.settings.name!r}",
                hint="copy the file into the folder, or name its own folder as another source",
            )

    def _listed(self, path: Path) -> SourceFile:
        name = self._relative(path)
        licence = licence_of(name, "", self.settings)
        try:
            return SourceFile(name, sha256_file(path), path.stat().st_size, licence, self.settings.origin)
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}") from error


def _visible_entries(folder: Path) -> Iterator[Path]:
    """Yield every file and link below a folder; links are not followed."""
    for entry in folder.iterdir():
        if entry.name.startswith("."):
            continue
        if entry.is_dir() and not entry.is_symlink():
            yield from _visible_entries(entry)
        else:
            yield entry
