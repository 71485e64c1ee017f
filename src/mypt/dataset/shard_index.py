"""Which document each token of a shard belongs to: the table beside the ids."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from jaxtyping import Int64, UInt64

from mypt.documents.parts import read_table, write_table
from mypt.files import sha256_bytes

INDEX_SUFFIX = ".idx.parquet"


@dataclass(frozen=True)
class ShardIndex:
    """One entry is one document in the shard, in the order in which they lie."""

    texts: UInt64[np.ndarray, " n"]
    """First 64 bits of the sha256 of its text: which row of the table of documents it is."""
    starts: Int64[np.ndarray, " n"]
    """Where it begins, in ids; it ends where the next one begins."""
    epochs: Int64[np.ndarray, " n"]
    """Which coming of the document it is, from 0."""

    @property
    def digest(self) -> str:
        """Return what binds every entry, whatever the file format."""
        columns = (self.texts.astype("<u8"), self.starts.astype("<u8"), self.epochs.astype("<u8"))
        return sha256_bytes(b"".join(column.tobytes() for column in columns))

    def write(self, path: Path) -> None:
        """Write the table."""
        columns = {
            "text": pa.array(self.texts, pa.uint64()),
            "start": pa.array(self.starts, pa.uint64()),
            "epoch": pa.array(self.epochs, pa.uint16()),
        }
        write_table(path, pa.table(columns))

    @classmethod
    def read(cls, path: Path) -> "ShardIndex":
        """Return the table at a path; InputError when it is damaged."""
        table = read_table(path)
        starts, epochs = (table[name].to_numpy().astype(np.int64) for name in ("start", "epoch"))
        return cls(table["text"].to_numpy(), starts, epochs)
