"""The task that gathers one shard: which documents, in which order, is a function of seed and texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int64

from mypt.dataset.document_table import DocumentTable
from mypt.dataset.keys import keyed
from mypt.dataset.plan import ShardGroup
from mypt.dataset.shard_index import ShardIndex
from mypt.execution.task import Task
from mypt.files import sha256_bytes


@dataclass(frozen=True)
class Placement:
    """Documents of one shard in their order; a document that comes twice is there twice."""

    group: ShardGroup
    shard: int
    documents: Int64[np.ndarray, " n"]
    """Numbers of rows in the table of documents."""
    epochs: Int64[np.ndarray, " n"]
    """Which coming of the document it is, from 0."""

    @property
    def name(self) -> str:
        """Return the file name without its suffix."""
        return f"{self.group.name}-{self.shard:05d}"


def place(
    table: DocumentTable, times: Int64[np.ndarray, " n"], group: ShardGroup, seed: int
) -> list[Placement]:
    """Return what each shard of a group holds, given how often each document comes.

    Shard and order follow from the document's text, so that one document more or less
    changes no other one's place.
    """
    numbers = np.repeat(np.arange(len(table)), times)
    first = np.repeat(np.cumsum(times) - times, times)
    epochs = np.arange(len(numbers)) - first
    shards = np.zeros(len(numbers), dtype=np.int64)
    order_keys = np.zeros(len(numbers), dtype=np.uint64)
    for epoch in range(int(times.max(initial=0))):
        own = epochs == epoch
        draws = keyed(table.keys[numbers[own]], seed, "shard", epoch)
        shards[own] = (draws >> np.uint64(32)) * np.uint64(group.n_shards) >> np.uint64(32)
        order_keys[own] = keyed(table.keys[numbers[own]], seed, "order", epoch)
    order = np.lexsort((numbers, order_keys, shards))
    bounds = np.searchsorted(shards[order], np.arange(group.n_shards + 1))
    return [
        Placement(group, shard, numbers[order[low:high]], epochs[order[low:high]])
        for shard, (low, high) in enumerate(pairwise(bounds))
        if high > low
    ]


def shard_task(
    placement: Placement, table: DocumentTable, tokens: Sequence[Path], dtype: str, store: Path
) -> Task:
    """Return the task that writes one shard; its plan lies in a file beside the results."""
    documents = placement.documents
    texts = table.keys[documents].view(np.int64)
    plan = np.stack(
        [table.parts[documents], table.starts[documents], table.n_tokens[documents], texts, placement.epochs]
    )
    digests = [path.parent.name for path in tokens]
    path = _save_plan(plan, store)
    return Task(
        "mypt.dataset.shards:write_shard",
        {"plan": path.as_posix(), "tokens": [path.as_posix() for path in tokens], "dtype": dtype},
        {"name": placement.name, "plan": plan_digest(plan), "tokens": digests, "dtype": dtype},
        store,
    )


def write_shard(arguments: Mapping[str, Any], folder: Path) -> None:
    """Write the ids of the planned documents and the index that says where each begins."""
    parts, starts, lengths, texts, epochs = np.load(arguments["plan"])
    dtype = np.dtype(arguments["dtype"]).newbyteorder("<")
    sources = {
        int(part): np.memmap(arguments["tokens"][part], dtype, mode="r").view(np.ndarray)
        for part in np.unique(parts)
    }
    with (folder / "shard.bin").open("wb") as file:
        for part, start, length in zip(parts.tolist(), starts.tolist(), lengths.tolist(), strict=True):
            file.write(sources[part][start : start + length].data)
    index = ShardIndex(texts.view(np.uint64), np.cumsum(lengths) - lengths, epochs)
    index.write(folder / "shard.idx.parquet")


def plan_digest(plan: Int64[np.ndarray, "5 n"]) -> str:
    """Return what names a plan."""
    return sha256_bytes(plan.astype("<i8").tobytes())


def _save_plan(plan: Int64[np.ndarray, "5 n"], store: Path) -> Path:
    path = store / "plans" / f"{plan_digest(plan)}.npy"
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, plan)
    return path
