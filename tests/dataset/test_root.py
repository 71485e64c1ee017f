"""One digest binds names, ids and indexes of all shards, and nothing of how they are stored."""

from pathlib import Path

from mypt.dataset.root import dataset_root, shard_leaves
from tests.dataset.corpora import bilingual, dataset_of


def test_each_shard_is_one_leaf(tmp_path: Path) -> None:
    dataset = dataset_of(tmp_path, bilingual(), shard_tokens=1024)

    leaves = [leaf.decode().split() for leaf in shard_leaves(dataset.path)]

    assert [name for name, _, _ in leaves] == sorted(path.stem for path in dataset.path.glob("*.bin"))
    assert all(len(ids) == len(index) == 64 for _, ids, index in leaves)


def test_a_changed_id_or_another_name_changes_the_root(tmp_path: Path) -> None:
    folder = dataset_of(tmp_path, bilingual()).path
    roots = {dataset_root(folder)}
    path = folder / "train-00000.bin"
    path.write_bytes(b"\1" + path.read_bytes()[1:])
    roots.add(dataset_root(folder))
    path.rename(folder / "train-00001.bin")
    (folder / "train-00000.idx.parquet").rename(folder / "train-00001.idx.parquet")
    roots.add(dataset_root(folder))

    assert len(roots) == 3
