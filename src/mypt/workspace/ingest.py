"""One file → a document ready for the database, or what there is to say against it."""

import base64
import datetime
import hashlib
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mypt.documents.language import UNKNOWN, Language, guess_language
from mypt.extraction.pages import Extracted, Page, Unextractable
from mypt.files import sha256_file
from mypt.workspace.chunk import CHUNKER_VERSION, Chunk, chunk
from mypt.workspace.walk import Found, is_real

READ_BY = f"chunks {CHUNKER_VERSION}"
"""Documents that were cut otherwise are read anew."""
_SETTLED_SECONDS = 2.0
"""A file that was changed so shortly ago may be changed again without its time telling."""
_TELLING_CHARACTERS = 120
"""In a shorter passage the language is that of its document."""
_LAST_SECOND = datetime.datetime(9999, 12, 31, tzinfo=datetime.UTC).timestamp()
_LONGEST_TITLE = 300
_ID_CHARACTERS = 12


class Extracting(Protocol):
    """Anything that reads files; `mypt.extraction` does it in a process of its own."""

    def extract(self, path: Path) -> Extracted:
        """Return what stands in a file; raises Unextractable."""
        ...


@dataclass(frozen=True, slots=True)
class FileState:
    """What the file system says of a file."""

    n_bytes: int
    modified: str
    """Date in ISO form, UTC."""
    mark: str
    """Changes with the file."""
    is_settled: bool = False
    """Whether that can be relied on already."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the database holds of a file that was seen before."""

    mark: str
    """Empty where it must not be relied on."""
    sha256: str
    read_by: str
    status: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk and its language."""

    chunk: Chunk
    language: Language


@dataclass(frozen=True, slots=True)
class Document:
    """All that is stored of a file."""

    id: str
    origin: str
    file: FileState
    sha256: str
    title: str
    format: str
    language: Language = UNKNOWN
    reason: str = ""
    """Why it could not be read; empty when it was."""
    detail: str = ""
    warnings: tuple[str, ...] = ()
    pages: tuple[Page, ...] = ()
    passages: tuple[Passage, ...] = ()

    @property
    def status(self) -> str:
        """Return `ready` or `failed`."""
        return "failed" if self.reason else "ready"


def document_id(sha256: str, origin: str) -> str:
    """Return the id of a content at an origin: the same on every machine."""
    digest = hashlib.sha256(f"{sha256}\0{origin}".encode()).digest()
    return "d" + base64.b32encode(digest).decode().lower()[:_ID_CHARACTERS]


def read_file(
    found: Found, known: Known | None, extracting: Extracting, *, retry: bool = False
) -> Document | FileState | None:
    """Return a document; the state of a file that was only touched; None for one that is unchanged."""
    state = _state(found.path)
    if found.problem:
        return _failed(found, state, Unextractable("not readable", found.problem))
    if known is not None and known.read_by == READ_BY and not (retry and known.status == "failed"):
        if state.mark and state.mark == known.mark:
            return None
        if known.sha256 and known.sha256 == _sha256(found.path):
            return state
    try:
        return _read(found, state, extracting)
    except Unextractable as error:
        return _failed(found, state, error)


def _state(path: Path) -> FileState:
    try:
        status = path.lstat()
    except OSError:
        return FileState(0, _date(0), "")
    marks = (status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns)
    is_settled = time.time() - max(status.st_mtime, status.st_ctime) > _SETTLED_SECONDS
    return FileState(status.st_size, _date(status.st_mtime), ":".join(map(str, marks)), is_settled=is_settled)


def _date(seconds: float) -> str:
    """File systems keep times that no calendar has."""
    seconds = min(max(seconds, 0), _LAST_SECOND)
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).date().isoformat()


def _sha256(path: Path) -> str:
    """Return the digest of a file's content, or nothing when it cannot be read."""
    try:
        return sha256_file(path)
    except OSError:
        return ""


def _read(found: Found, state: FileState, extracting: Extracting) -> Document:
    extracted = extracting.extract(found.path)
    sha256 = _sha256(found.path)
    if not sha256 or not is_real(found.path) or _state(found.path).mark != state.mark:
        raise Unextractable("not readable", "it was changed while it was read")
    try:
        "".join(page.text for page in extracted.pages).encode()
    except UnicodeEncodeError as error:
        raise Unextractable("malformed", "its text holds half a character") from error
    language, passages = _passages(extracted.pages)
    if not passages:
        raise Unextractable("no text")
    return Document(
        id=document_id(sha256, found.origin), origin=found.origin, file=state, sha256=sha256,
        title=_title(extracted.title) or _title(found.path.stem), format=extracted.format,
        language=language, warnings=extracted.warnings, pages=extracted.pages, passages=passages,
    )  # fmt: skip


def _failed(found: Found, state: FileState, error: Unextractable) -> Document:
    """A file that is too large is not read for its digest either."""
    sha256 = "" if error.reason in ("not readable", "too large") else _sha256(found.path)
    return Document(
        id=document_id(sha256, found.origin), origin=found.origin, file=state, sha256=sha256,
        title=_title(found.path.name), format=_title(found.path.suffix[1:].lower()) or "unknown",
        reason=error.reason, detail=error.detail,
    )  # fmt: skip


def _title(raw: str) -> str:
    """One printable line; names of files may hold bytes that are no text."""
    words = " ".join(raw.encode("utf-8", "replace").decode().split())
    return "".join(filter(str.isprintable, words))[:_LONGEST_TITLE]


def _passages(pages: Sequence[Page]) -> tuple[Language, tuple[Passage, ...]]:
    """Return the language that most of the text is in, and the passages."""
    texts = {page.number: page.text for page in pages}
    chunks = list(chunk(pages))
    guesses = [_guess(texts[one.page][one.start : one.end]) for one in chunks]
    weights: Counter[Language] = Counter()
    for one, guess in zip(chunks, guesses, strict=True):
        weights[guess] += one.end - one.start
    del weights[UNKNOWN]
    most = min(weights, key=lambda language: (-weights[language], language), default=UNKNOWN)
    if most == UNKNOWN:  # short passages tell something together
        most = guess_language("\n".join(texts.values()))
    return most, tuple(
        Passage(one, most if guess == UNKNOWN else guess)
        for one, guess in zip(chunks, guesses, strict=True)
    )  # fmt: skip


def _guess(text: str) -> Language:
    return guess_language(text) if len(text) >= _TELLING_CHARACTERS else UNKNOWN
