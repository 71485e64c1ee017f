"""A source that was fetched: the sealed folder, checked against what is locked."""

from collections import Counter
from functools import cached_property
from pathlib import Path

from mypt.config import validate
from mypt.corpus.listing import Listing, SourceFile
from mypt.corpus.lock import Pin, differences
from mypt.corpus.sources.fetching import FILES, PIN, read_origins
from mypt.corpus.sources.selection import licence_of, reason_to_ignore, refuse_nothing
from mypt.corpus.sources.settings import SourceSettings
from mypt.errors import InputError, ManifestMismatch
from mypt.files import read_json
from mypt.provenance.artifact import Artifact, open_artifact
from mypt.provenance.manifest import MANIFEST_NAME

FETCH = "mypt corpus fetch RECIPE"


def read_pin(folder: Path) -> Pin:
    """Return what a fetched folder says that it is."""
    return validate(read_json(folder / PIN), Pin, str(folder / PIN))


class FetchedSource:
    """The files of a source as a fetch left them."""

    def __init__(self, settings: SourceSettings, store: Path, locked: Pin | None) -> None:
        """Check every byte; InputError when it was not fetched, ManifestMismatch when it is another."""
        self.settings = settings
        self._folder = store / settings.name
        self.root = self._folder / FILES
        self.artifact: Artifact | None = self._checked(locked)

    @cached_property
    def listing(self) -> Listing:
        """Return the files of known formats; their digests are those that were sealed."""
        sealed = self.artifact.manifest.files if self.artifact else {}
        ignored: Counter[str] = Counter()
        files: list[SourceFile] = []
        for row in read_origins(self._folder):
            is_hidden = any(part.startswith(".") for part in row.path.split("/"))
            reason = "hidden" if is_hidden else self._reason_to_ignore(row.path)
            if reason:
                ignored[reason] += 1
                continue
            entry = sealed[f"{FILES}/{row.path}"]
            licence = licence_of(row.path, row.licence, self.settings)
            origin = row.origin or self.settings.origin
            files.append(SourceFile(row.path, entry.sha256, entry.bytes, licence, origin))
        refuse_nothing(self._folder, files, ignored)
        return Listing(tuple(files), dict(ignored))

    def _reason_to_ignore(self, name: str) -> str:
        return reason_to_ignore(name, self.root, self.settings)

    def _checked(self, locked: Pin | None) -> Artifact:
        if locked is None or not (self._folder / MANIFEST_NAME).is_file():
            place = "not locked" if locked is None else f"not in {self._folder}"
            raise InputError(f"source {self.settings.name!r} was not fetched: it is {place}", hint=FETCH)
        artifact = open_artifact(self._folder, "source")
        asked = locked.model_copy(update={"request": self.settings.request})
        problems = differences(asked, read_pin(self._folder)) or differences(asked, locked)
        if problems:
            raise ManifestMismatch(
                f"{self._folder}: is not what the recipe and its lock file say: {'; '.join(problems[:3])}",
                hint=f"{FETCH} --replace fetches what is locked; --update {self.settings.name} locks it anew",
            )
        return artifact
