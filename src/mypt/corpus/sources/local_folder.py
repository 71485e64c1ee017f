"""A folder on this machine: every file of a known format below it."""

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import Field

from mypt.config import Section
from mypt.corpus.drop import Drop
from mypt.corpus.listing import Listing, SourceFile
from mypt.documents.document import Document
from mypt.documents.language import guess_language
from mypt.documents.transformer import BY_SUFFIX
from mypt.errors import InputError
from mypt.files import sha256_bytes, sha256_file


class FolderSettings(Section):
    """A folder, and what holds for every file in it."""

    kind: Literal["folder"]
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    """First part of the ids of its documents."""
    path: str = Field(min_length=1)
    """The folder, relative to where the command runs."""
    origin: str = ""
    """Public address that the files came from."""
    licence: str = Field(pattern=r"^(LicenseRef-)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9+])?$")
    """SPDX id of the licence of every file, or a `LicenseRef-` of your own."""
    language: Literal["en", "de", "auto"] = "auto"
    """Language of every file, or `auto` to guess it for each."""
    max_file_bytes: int = Field(default=64 * 2**20, gt=0)
    """Larger files are no documents."""


class LocalFolder:
    """The documents in a folder, by path; hidden files do not exist for it."""

    def __init__(self, settings: FolderSettings) -> None:
        self.settings = settings
        self._root = Path(settings.path)

    @cached_property
    def listing(self) -> Listing:
        """Return the files of known formats with their digests, read once.

        Raises InputError for a missing folder, one without such a file, and for
        a link that leads out of it.
        """
        if not self._root.is_dir():
            raise InputError(
                f"{self._root}: no such folder, source {self.settings.name!r} of the corpus",
                hint="paths in a recipe are relative to the folder where the command runs",
            )
        ignored: Counter[str] = Counter()
        files: list[SourceFile] = []
        for path in self._sorted_entries():
            reason = self._reason_to_ignore(path)
            if reason:
                ignored[reason] += 1
            else:
                files.append(self._listed(path))
        if not files:
            raise InputError(f"{self._root}: {_nothing_found(ignored)}", hint=_FORMATS)
        return Listing(tuple(files), dict(ignored))

    def documents(self) -> Iterator[Document | Drop]:
        """Yield each listed file as a document, or why it is none.

        Raises InputError when a file is no longer what was listed.
        """
        for file in self.listing.files:
            yield self._document(file)

    def _sorted_entries(self) -> list[Path]:
        try:
            entries = [(path, self._relative(path)) for path in _visible_entries(self._root)]
        except OSError as error:
            raise InputError(f"{error.filename}: cannot be read: {error.strerror}") from error
        return [path for path, _ in sorted(entries, key=lambda entry: entry[1])]

    def _relative(self, path: Path) -> str:
        relative = path.relative_to(self._root).as_posix()
        try:
            relative.encode()
        except UnicodeEncodeError as error:
            raise InputError(
                f"{self._root}: the name of a file in it is not UTF-8: {relative!a}", hint="rename it"
            ) from error
        return relative

    def _reason_to_ignore(self, path: Path) -> str:
        if path.is_symlink():
            self._refuse_to_leave(path)
            return "link"
        if not path.is_file():
            return "special file"
        suffix = path.suffix.lower()
        return "" if suffix in BY_SUFFIX else f"suffix {suffix}" if suffix else "no suffix"

    def _refuse_to_leave(self, link: Path) -> None:
        """A file that a link finds inside the folder is listed anyway; one outside is another source."""
        try:
            target = link.resolve()
        except (OSError, RuntimeError):
            return
        if not target.is_relative_to(self._root.resolve()):
            raise InputError(
                f"{link}: is a link that leaves the folder of source {self.settings.name!r}",
                hint="copy the file into the folder, or name its own folder as another source",
            )

    def _listed(self, path: Path) -> SourceFile:
        try:
            return SourceFile(self._relative(path), sha256_file(path), path.stat().st_size)
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}") from error

    def _document(self, file: SourceFile) -> Document | Drop:
        settings = self.settings
        id_ = f"{settings.name}/{file.path}"
        if file.bytes > settings.max_file_bytes:
            return Drop(id_, "too large", f"{file.bytes} bytes, at most {settings.max_file_bytes}")
        data = self._read(file)
        if b"\0" in data:
            return Drop(id_, "binary", f"NUL byte at offset {data.index(0)}")
        try:
            raw = data.decode("utf-8")
        except UnicodeDecodeError as error:
            return Drop(id_, "not UTF-8", f"byte 0x{data[error.start]:02x} at offset {error.start}")
        text = BY_SUFFIX[PurePosixPath(file.path).suffix.lower()].to_text(raw)
        if not text.strip():
            return Drop(id_, "empty")
        language = guess_language(text) if settings.language == "auto" else settings.language
        return Document(id_, settings.origin, settings.licence, language, text)

    def _read(self, file: SourceFile) -> bytes:
        path = self._root / file.path
        try:
            data = path.read_bytes()
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}") from error
        if sha256_bytes(data) != file.sha256:
            raise InputError(f"{path}: changed while the corpus was built", hint="build it again")
        return data


def _visible_entries(folder: Path) -> Iterator[Path]:
    """Yield every file and link below a folder; links are not followed."""
    for entry in folder.iterdir():
        if entry.name.startswith("."):
            continue
        if entry.is_dir() and not entry.is_symlink():
            yield from _visible_entries(entry)
        else:
            yield entry


def _nothing_found(ignored: Counter[str]) -> str:
    there = ", ".join(f"{reason}: {count}" for reason, count in sorted(ignored.items()))
    return f"holds no file that can be read ({there})" if there else "is empty"


_FORMATS = f"formats that can be read: {', '.join(sorted(BY_SUFFIX))}"
