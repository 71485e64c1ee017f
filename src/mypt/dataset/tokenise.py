"""The task that turns one part of a corpus into ids: every document, closed by end-of-text."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mypt.dataset.token_shards import dtype_name
from mypt.documents.parts import read_batches
from mypt.execution.task import Task
from mypt.tokenizer.bulk import BulkEncoder, bulk_encoder, require_same_ids
from mypt.tokenizer.registry import tokenizer_kind
from mypt.tokenizer.tokenizer import Tokenizer

TOKENS_NAME = "tokens.bin"
LENGTHS_NAME = "lengths.npy"

_CHECKED = 100
"""One document in so many is encoded by the reference too, the first of a part among them."""


def tokenise_task(part: Path, part_digest: str, tokenizer: Tokenizer, store: Path) -> Task:
    """Return the task; its result depends on the part and the tokenizer alone."""
    values = tokenizer.to_json()
    return Task(
        "mypt.dataset.tokenise:tokenise",
        {"part": part.as_posix(), "tokenizer": values},
        {"part": part_digest, "tokenizer": values},
        store,
    )


def tokenise(arguments: Mapping[str, Any], folder: Path) -> None:
    """Write the ids of a part's documents one after the other, and how many each has.

    Raises ArtifactError when the fast encoder and the reference differ on a document.
    """
    values = arguments["tokenizer"]
    tokenizer = tokenizer_kind(values["name"]).from_json(values)
    encode = bulk_encoder(tokenizer)
    dtype = np.dtype(dtype_name(tokenizer.base_vocab_size)).newbyteorder("<")
    end = np.array([tokenizer.end_of_text], dtype)
    lengths: list[int] = []
    with (folder / TOKENS_NAME).open("wb") as file:
        for batch in read_batches(Path(arguments["part"]), ["text"]):
            for value in batch.column("text"):
                data = value.as_buffer()
                _check_some(tokenizer, encode, len(lengths), bytes(data))
                ids = encode(bytes(data)).astype(dtype)
                file.write(ids.data)
                file.write(end.data)
                lengths.append(len(ids) + 1)
    np.save(folder / LENGTHS_NAME, np.array(lengths, dtype=np.int64))


def _check_some(tokenizer: Tokenizer, encode: BulkEncoder, number: int, data: bytes) -> None:
    if number % _CHECKED == 0:
        require_same_ids(tokenizer, encode, [data.decode()])
