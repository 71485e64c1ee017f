"""A text with its id, origin, licence and language; one row of `documents.jsonl`."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import Field, ValidationError, field_validator

from mypt.config import Section
from mypt.documents.language import Language
from mypt.errors import InputError
from mypt.files import read_jsonl, sha256_bytes, write_jsonl


@dataclass(frozen=True)
class Document:
    """A source text, clean, and where it came from."""

    id: str
    """`<source>/<path inside the source>`; no two documents of a corpus share one."""
    origin: str
    """Public address that the source was taken from; empty where there is none."""
    licence: str
    """SPDX id, or a `LicenseRef-` of our own."""
    language: Language
    text: str

    @property
    def sha256(self) -> str:
        """Return the digest of the text."""
        return sha256_bytes(self.text.encode())

    def to_row(self) -> dict[str, str]:
        """Return the row that holds this document, with the digest of its text."""
        return {**asdict(self), "sha256": self.sha256}

    @classmethod
    def from_row(cls, row: object) -> "Document":
        """Return the document in a row; InputError when a field is wrong or the text was changed."""
        try:
            valid = _Row.model_validate(row)
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(map(str, problem["loc"])) or "the row"
            raise InputError(f"not a document: {where}: {problem['msg']}") from error
        document = cls(**valid.model_dump(exclude={"sha256"}))
        if document.sha256 != valid.sha256:
            raise InputError(f"{document.id}: its text is not what its sha256 says")
        return document


class _Row(Section):
    """What a row must hold."""

    id: str = Field(min_length=1)
    origin: str
    licence: str = Field(min_length=1)
    language: Language
    text: str
    sha256: str

    @field_validator("text")
    @classmethod
    def _is_unicode(cls, text: str) -> str:
        """A lone half of a character pair can stand in JSON, but never on disk."""
        text.encode()
        return text


def write_documents(path: Path, documents: Iterable[Document]) -> None:
    """Write one row for each document, in the order given."""
    write_jsonl(path, (document.to_row() for document in documents))


def read_documents(path: Path) -> Iterator[Document]:
    """Yield the document in each row; InputError names file and line of a row that holds none."""
    for number, row in enumerate(read_jsonl(path), start=1):
        try:
            document = Document.from_row(row)
        except InputError as error:
            raise InputError(f"{path}:{number}: {error.message}") from error
        yield document
