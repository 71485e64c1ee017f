"""The one digest of a dataset's content: which tokens, of which documents, in which order."""

from pathlib import Path

from mypt.dataset.shard_index import INDEX_SUFFIX, ShardIndex
from mypt.files import sha256_file
from mypt.provenance.merkle import merkle_root


def dataset_root(folder: Path) -> str:
    """Return the Merkle root over the shards of a folder, in the order of their names."""
    return merkle_root(shard_leaves(folder))


def shard_leaves(folder: Path) -> list[bytes]:
    """Return what stands for each shard: its name, the digest of its ids and that of its index."""
    return [
        f"{path.stem} {sha256_file(path)} {ShardIndex.read(path.with_suffix(INDEX_SUFFIX)).digest}".encode()
        for path in sorted(folder.glob("*.bin"))
    ]
