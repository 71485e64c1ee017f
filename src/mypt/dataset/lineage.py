"""From a token back to its document, and from a document to every place where its tokens lie."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Int64

from mypt.dataset.keys import Keys, text_keys
from mypt.dataset.shard_index import INDEX_SUFFIX, ShardIndex
from mypt.documents.parts import read_table
from mypt.errors import InputError

DOCUMENTS_NAME = "documents.parquet"


@dataclass(frozen=True)
class Span:
    """One coming of a document in a dataset."""

    shard: str
    """Name of the file without its suffix."""
    start: int
    n_tokens: int
    epoch: int


@dataclass(frozen=True)
class Lineage:
    """The tables of a dataset, joined; nothing of its ids is read."""

    folder: Path
    documents: pa.Table
    """id, sha256, source, licence, language, category, n_bytes, split, n_tokens, times."""

    @staticmethod
    def open(folder: Path) -> "Lineage":
        """Read the table of documents; InputError when it is damaged."""
        return Lineage(folder, read_table(folder / DOCUMENTS_NAME))

    @property
    def shards(self) -> list[str]:
        """Return the names of the shards."""
        return sorted(path.stem for path in self.folder.glob("*.bin"))

    def index(self, shard: str) -> ShardIndex:
        """Return the index of a shard; InputError lists the shards when it is none of them."""
        path = self.folder / f"{shard.removesuffix('.bin')}{INDEX_SUFFIX}"
        if not path.is_file():
            raise InputError(
                f"{self.folder}: has no shard {shard!r}", hint=f"there are: {', '.join(self.shards)}"
            )
        return ShardIndex.read(path)

    def rows_at(self, index: ShardIndex, offsets: Int64[np.ndarray, " m"]) -> Int64[np.ndarray, " m"]:
        """Return the row in `documents` that each token of a shard belongs to; offsets must lie in it."""
        entries = np.searchsorted(index.starts, offsets, side="right") - 1
        return self._rows_of(index.texts[entries])

    def document_at(self, shard: str, offset: int) -> tuple[dict[str, Any], Span]:
        """Return the document of one token, and the span it lies in.

        Raises InputError for an offset beyond the shard.
        """
        name = shard.removesuffix(".bin")
        index = self.index(name)
        row = self.documents.slice(int(self.rows_at(index, np.array([offset]))[0]), 1).to_pylist()[0]
        entry = int(np.searchsorted(index.starts, offset, side="right")) - 1
        span = Span(name, int(index.starts[entry]), row["n_tokens"], int(index.epochs[entry]))
        if not 0 <= offset < span.start + span.n_tokens:
            raise InputError(f"{shard}: has {span.start + span.n_tokens} tokens, so none at {offset}")
        return row, span

    def find(self, id_: str) -> dict[str, Any]:
        """Return the row of a document, by its id; InputError when no shard holds it."""
        number = self.documents["id"].combine_chunks().index(id_).as_py()
        if number < 0:
            raise InputError(
                f"{self.folder}: no shard holds a document {id_!r}",
                hint="ids are SOURCE/PATH; `mypt trace` of the corpus says why a file was left out",
            )
        return self.documents.slice(number, 1).to_pylist()[0]

    def spans(self, row: dict[str, Any]) -> Iterator[Span]:
        """Yield every place where a document's tokens lie."""
        key = text_keys([row["sha256"]])[0]
        for shard in self.shards:
            index = self.index(shard)
            for entry in np.flatnonzero(index.texts == key):
                yield Span(shard, int(index.starts[entry]), row["n_tokens"], int(index.epochs[entry]))

    def _rows_of(self, texts: Keys) -> Int64[np.ndarray, " m"]:
        keys, rows = self._sorted_keys
        return rows[np.searchsorted(keys, texts)]

    @cached_property
    def _sorted_keys(self) -> tuple[Keys, Int64[np.ndarray, " n"]]:
        keys = text_keys(self.documents["sha256"].to_pylist())
        order = np.argsort(keys)
        return keys[order], order
