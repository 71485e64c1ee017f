"""Who reads, what they ask for, and what a workspace gives them."""

import datetime
from dataclasses import dataclass

EVERYONE = "everyone"
"""The principal that every reader has."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: a user and their groups, by name; nothing is read without one."""

    principals: frozenset[str] = frozenset()
    reads_all: bool = False
    """True for the operator at the command line alone."""

    @property
    def all_principals(self) -> frozenset[str]:
        """Return the names of which a document must list one."""
        return self.principals | {EVERYONE}


OPERATOR = Reader(reads_all=True)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which documents are wanted; an empty field wants all."""

    documents: tuple[str, ...] = ()
    """Ids."""
    languages: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    modified_from: datetime.date | None = None
    modified_to: datetime.date | None = None
    """Inclusive."""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One file of a workspace, whether it could be read or not."""

    id: str
    origin: str
    """Path below the root that was added, with forward slashes, after the root's own name."""
    title: str
    format: str
    language: str
    """Two letters, or `unknown`."""
    owner: str
    readers: tuple[str, ...]
    """Principals that may read it, sorted; the owner may always."""
    sha256: str
    n_bytes: int
    modified: datetime.date
    status: str
    """`ready` or `failed`."""
    reason: str
    """Why it failed; empty when it is ready."""
    n_pages: int
    n_passages: int


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A piece of a document that can be found and cited."""

    id: str
    """`<document id>-<number>`."""
    document_id: str
    number: int
    """Its place among the passages of its document, from 1."""
    page: int
    """The number of its page, from 1."""
    start: int
    """Half-open span of characters in the text of its page."""
    end: int
    heading_path: tuple[str, ...]
    """The headings it stands under, outermost first."""
    language: str
    text: str
