"""What a recipe says of every source, whatever its kind: which of its files, and what holds for them."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Literal

from pydantic import Field, field_validator

from mypt.config import Section, fingerprint
from mypt.corpus.licence import Licence
from mypt.corpus.profiles import ProfileName
from mypt.documents.formats import BY_NAME

Category = Literal["induction", "retrieval", "general", "domain", "structured", "code"]


class NetworkSettings(Section):
    """How patient and how polite a download is."""

    timeout_seconds: float = Field(default=60, gt=0)
    """Longest silence of a server."""
    attempts: int = Field(default=5, gt=0)
    """Tries of one download before the fetch ends; what arrived is kept for the next."""
    backoff_seconds: float = Field(default=1, gt=0)
    """Wait after the first failure; it doubles with each, unless the server says how long."""
    max_wait_seconds: float = Field(default=300, gt=0)
    """Longest wait, also when the server asks for more."""
    pause_seconds: float = Field(default=0, ge=0)
    """Time between the starts of two requests; none on this machine itself."""
    max_bytes: int = Field(default=4 * 2**30, gt=0)
    """Largest download."""


class SourceSettings(Section):
    """One source of documents.

    In all globs of a source, `*` crosses folders and letter case counts.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    """First part of the ids of its documents."""
    licence: Licence
    """SPDX expression of the licence of every file for which the source itself says none."""
    licences: dict[str, Licence] = Field(default_factory=dict)
    """Glob → licence of the files it matches, whatever the source says; the last match wins."""
    origin: str = ""
    """Public address of the files for which the source itself gives none."""
    category: Category = "general"
    """What its texts are for in a mixture."""
    language: Literal["en", "de", "auto"] = "auto"
    """Language of every file, or `auto` to guess it for each."""
    include: tuple[str, ...] = ()
    """Globs of the files that are wanted; all when there is none."""
    exclude: tuple[str, ...] = ()
    """Globs of files that are not wanted."""
    formats: dict[str, str] = Field(default_factory=dict)
    """Glob → name of the format of the files it matches, whatever their names say."""
    text_field: str = "text"
    """Field of a row that holds the text, in files of many rows."""
    profile: ProfileName = "reference"
    """By what its texts are judged, where the recipe does not say it for all."""
    max_file_bytes: int = Field(default=64 * 2**20, gt=0)
    """Larger files are no documents."""

    @field_validator("formats")
    @classmethod
    def _formats_are_known(cls, formats: dict[str, str]) -> dict[str, str]:
        unknown = sorted(set(formats.values()) - set(BY_NAME))
        if unknown:
            raise ValueError(f"no format is called {unknown[0]!r}; there are {', '.join(sorted(BY_NAME))}")
        return formats

    @property
    def request(self) -> str:
        """Return the digest of what is asked for: of all that decides which files a fetch gives."""
        shared = {*SourceSettings.model_fields, "network"}
        return fingerprint(self.model_dump(mode="json", exclude=shared))


def matches(path: str, globs: Iterable[str]) -> bool:
    """Say whether any of the globs matches a whole path."""
    return any(fnmatchcase(path, glob) for glob in globs)
