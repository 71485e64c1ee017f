"""Who reads, what they ask for, and what a workspace gives them."""

import datetime
from dataclasses import dataclass
from typing import Literal, TypeAlias

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


ANY = Filters()


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


@dataclass(frozen=True, slots=True)
class RootRow:
    """A folder or file that was added, and walked again at each look for changes."""

    name: str
    """What the origins of its documents begin with."""
    path: str
    owner: str
    readers: tuple[str, ...]
    """Who may read what is found in it next."""


Outcome: TypeAlias = Literal["added", "changed", "unchanged", "failed", "removed", "skipped"]


@dataclass(frozen=True, slots=True)
class Added:
    """What became of one file; once it is seen, it is on disk."""

    origin: str
    outcome: Outcome
    document_id: str = ""
    """Empty for what is no document (any more)."""
    reason: str = ""
    """Why it failed or was skipped."""
    n_passages: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """What a reader's documents come to."""

    n_documents: int
    """Those that can be read."""
    n_failed: int
    n_passages: int
    n_bytes: int
    languages: dict[str, int]
    """Documents in each, most first."""
    formats: dict[str, int]
    reasons: dict[str, int]
    """Failed documents for each reason."""
