"""The documents of a corpus as columns, without their texts: what split, mixture and shards decide by."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Int64

from mypt.dataset.keys import Keys, text_keys
from mypt.documents.parts import read_table
from mypt.errors import InputError

_COLUMNS = ("id", "sha256", "licence", "language", "category", "n_bytes")


@dataclass(frozen=True)
class DocumentTable:
    """One entry of each column is one document, in the order of the corpus."""

    rows: pa.Table
    """id, sha256, source, licence, language, category, n_bytes."""
    parts: Int64[np.ndarray, " n"]
    """Number of the part that holds the text and, tokenised, the ids."""
    starts: Int64[np.ndarray, " n"]
    """Where its ids begin among those of its part."""
    n_tokens: Int64[np.ndarray, " n"]
    """How many ids it is, end-of-text among them."""

    def __len__(self) -> int:
        return len(self.parts)

    @cached_property
    def keys(self) -> Keys:
        """Return the first 64 bits of each text's digest."""
        return text_keys(self.rows["sha256"].to_pylist())

    @cached_property
    def n_bytes(self) -> Int64[np.ndarray, " n"]:
        """Return the size of each text in UTF-8."""
        return self.rows["n_bytes"].to_numpy()

    def names(self, column: str) -> np.ndarray:
        """Return a column of strings as numpy objects, each distinct string once in memory."""
        return self.rows[column].combine_chunks().dictionary_encode().to_numpy(zero_copy_only=False)

    def select(self, chosen: Bool[np.ndarray, " n"]) -> "DocumentTable":
        """Return the documents that are chosen, in their order."""
        numbers = {f.name: getattr(self, f.name)[chosen] for f in fields(self) if f.name != "rows"}
        return replace(self, rows=self.rows.filter(pa.array(chosen)), **numbers)


def read_document_table(
    parts: Sequence[Path], lengths: Sequence[Int64[np.ndarray, " _"]] | None = None
) -> DocumentTable:
    """Return the documents of all parts, given how many ids each of them is; 0 where that is not known.

    Raises InputError when there are none.
    """
    tables = [read_table(path, _COLUMNS) for path in parts]
    rows = pa.concat_tables(tables)
    if not len(rows):
        raise InputError("the corpus holds no documents")
    source = pc.list_element(pc.split_pattern(rows["id"], "/", max_splits=1), 0)
    lengths = lengths or [np.zeros(len(table), dtype=np.int64) for table in tables]
    numbers = np.repeat(np.arange(len(tables)), [len(table) for table in tables])
    starts = np.concatenate([np.cumsum(own) - own for own in lengths])
    return DocumentTable(rows.append_column("source", source), numbers, starts, np.concatenate(lengths))
