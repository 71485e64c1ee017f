"""Which files of a source can become documents, and under which licence."""

import gzip
import zlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from mypt.corpus.sources.settings import SourceSettings, matches
from mypt.documents.formats import BY_NAME, format_of
from mypt.documents.records import records_format
from mypt.errors import InputError

_HEAD = 4096


def reason_to_ignore(name: str, root: Path, settings: SourceSettings) -> str:
    """Return why a file below a root is passed over unread, or nothing for one that can become a document."""
    if matches(name, settings.exclude) or (settings.include and not matches(name, settings.include)):
        return "not wanted"
    if (
        matches(name, settings.formats)
        or records_format(name)
        or format_of(_inner(name), b"")
        or format_of(_inner(name), _head(root / name))
    ):
        return ""
    suffix = Path(name).suffix.lower()
    return f"suffix {suffix}" if suffix else "no suffix"


def licence_of(name: str, found: str, settings: SourceSettings) -> str:
    """Return the licence of a file: what the recipe says of it, else what was found, else the source's."""
    said = [licence for glob, licence in settings.licences.items() if matches(name, [glob])]
    return said[-1] if said else found or settings.licence


def refuse_nothing(where: object, files: object, ignored: Mapping[str, int]) -> None:
    """Raise InputError when a source has no file that can become a document."""
    if files:
        return
    there = ", ".join(f"{reason}: {count}" for reason, count in sorted(Counter(ignored).items()))
    found = f"holds no file that can be read ({there})" if there else "is empty"
    raise InputError(f"{where}: {found}", hint=f"formats that can be read: {', '.join(sorted(BY_NAME))}")


def _inner(name: str) -> str:
    return name.removesuffix(".gz")


def _head(path: Path) -> bytes:
    """Return the first bytes of a file, uncompressed; none of one that is damaged or cannot be read."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return file.read(_HEAD)
    except (OSError, EOFError, zlib.error):
        return b""
