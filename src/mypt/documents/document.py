"""A text with its id, origin, licence and language: what a corpus is made of."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any

from mypt.documents.language import Language
from mypt.errors import InputError
from mypt.files import sha256_bytes


@dataclass(frozen=True)
class Document:
    """A source text, clean, and where it came from."""

    id: str
    """`<source>/<path inside the source>`; no two documents of a corpus share one."""
    origin: str
    """Public address that the text was taken from; empty where there is none."""
    licence: str
    """SPDX expression; a `LicenseRef-` of our own where SPDX has no name for it."""
    language: Language
    text: str
    category: str = "general"
    """What the text teaches: general, domain, code, retrieval, structured, induction."""
    format: str = "text"
    """Name of the transformer that read the file."""
    raw_sha256: str = ""
    """Digest of the file that the text was read from."""

    @property
    def source(self) -> str:
        """Return the name of the source that the document came from."""
        return self.id.partition("/")[0]

    @cached_property
    def sha256(self) -> str:
        """Return the digest of the text."""
        return sha256_bytes(self.text.encode())

    def to_row(self) -> dict[str, Any]:
        """Return the row that holds this document, with digest and size of its text."""
        digests = {"raw_sha256": bytes.fromhex(self.raw_sha256) or None, "sha256": bytes.fromhex(self.sha256)}
        return {**asdict(self), **digests, "n_bytes": len(self.text.encode())}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Document":
        """Return the document in a row; InputError when its text is not what its digest says."""
        values = {field.name: row[field.name] for field in fields(cls)}
        document = cls(**{**values, "raw_sha256": (row["raw_sha256"] or b"").hex()})
        if bytes.fromhex(document.sha256) != row["sha256"]:
            raise InputError(f"{document.id}: its text is not what its sha256 says")
        return document
