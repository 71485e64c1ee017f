"""All passages as arrays: what caches are built on, and how a permission becomes a mask."""

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Int64

from mypt.workspace.permissions import Numbers


@dataclass(frozen=True, eq=False)
class PassageTable:
    """The passages of a workspace at one revision, in the order of their documents and places.

    Later documents come last and numbers are never given twice, so that a cache can be carried on:
    what is new follows, what is gone leaves a gap.
    """

    revision: int
    numbers: Numbers
    """Ascending; what vectors and rows of caches are told apart by."""
    documents: Numbers
    """The number of the document of each passage."""
    places: Numbers
    """Its place in the document, from 1."""
    language_codes: Numbers
    """An index into `languages`."""
    languages: tuple[str, ...]
    document_ids: dict[int, str]
    """By number, of all documents that have passages."""

    def __len__(self) -> int:
        return len(self.numbers)

    def id(self, position: int) -> str:
        """Return the id of the passage at a position."""
        return f"{self.document_ids[int(self.documents[position])]}-{self.places[position]}"

    @cached_property
    def ids(self) -> list[str]:
        """Return the ids of all passages, in order."""
        ids = self.document_ids
        return [
            f"{ids[document]}-{place}"
            for document, place in zip(self.documents.tolist(), self.places.tolist(), strict=True)
        ]

    def positions(self, numbers: Numbers) -> Numbers:
        """Return where passages stand in this table; all of them must."""
        return np.searchsorted(self.numbers, numbers)

    def mask(self, allowed: Numbers, languages: Collection[str] = ()) -> Bool[np.ndarray, " passages"]:
        """Return which passages lie in allowed documents (ascending) and in one of some languages."""
        is_allowed = np.isin(self._document_numbers, allowed, assume_unique=True)
        mask: Bool[np.ndarray, " passages"] = is_allowed[self._document_positions]
        if languages:
            wanted = np.array([language in languages for language in self.languages], dtype=bool)
            mask &= wanted[self.language_codes]
        return mask

    @cached_property
    def _document_numbers(self) -> Numbers:
        return np.unique(self.documents)

    @cached_property
    def _document_positions(self) -> Int64[np.ndarray, " passages"]:
        return np.searchsorted(self._document_numbers, self.documents)


def read_table(connection: sqlite3.Connection, revision: int) -> PassageTable:
    """Return the passages as they are in the state that a connection sees."""
    languages = [name for (name,) in connection.execute("SELECT DISTINCT language FROM passages ORDER BY 1")]
    codes = {language: code for code, language in enumerate(languages)}
    rows = connection.execute("SELECT number, document, place, language FROM passages ORDER BY number")
    numbers, documents, places, names = _columns(rows.fetchall(), 4)
    return PassageTable(
        revision=revision,
        numbers=np.array(numbers, dtype=np.int64),
        documents=np.array(documents, dtype=np.int64),
        places=np.array(places, dtype=np.int64),
        language_codes=np.array([codes[name] for name in names], dtype=np.int64),
        languages=tuple(languages),
        document_ids=dict(connection.execute("SELECT number, id FROM documents WHERE n_passages > 0")),
    )


def _columns(rows: Sequence[tuple[object, ...]], n_columns: int) -> list[tuple[object, ...]]:
    """An empty list of rows has no columns to be told apart."""
    return list(zip(*rows, strict=True)) or [()] * n_columns
