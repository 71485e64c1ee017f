"""What changed between a run and its resume is said line by line."""

from pathlib import Path

from pydantic import Field

from mypt.config import Section
from mypt.files import write_json
from mypt.provenance.artifact import Artifact, open_artifact, staged
from mypt.training.changes import describe_changes, is_same_work, tokenizer_digests


class Recipe(Section):
    name: str = "a"
    sizes: dict[str, int] = Field(default_factory=lambda: {"wide": 1})


def dataset(folder: Path, text: str, tokenizer: str) -> Artifact:
    with staged(folder, "dataset", Recipe(), replace=True) as draft:
        (draft.path / "train-00000.bin").write_bytes(text.encode())
        write_json(draft.path / "tokenizer.json", {"name": tokenizer})
    return open_artifact(folder, "dataset")


def checkpoint(folder: Path, data: Artifact) -> Artifact:
    with staged(folder, "checkpoint", Recipe(), [data]) as draft:
        (draft.path / "state").write_bytes(b"x")
        draft.counts["tokenizers"] = tokenizer_digests([data])
    return open_artifact(folder, "checkpoint")


def test_the_same_work_has_no_changes(tmp_path: Path) -> None:
    data = dataset(tmp_path / "data", "x", "character")
    manifest = checkpoint(tmp_path / "c", data).manifest

    assert is_same_work(manifest, Recipe(), [data])
    assert describe_changes(manifest, Recipe(), [data]) == []


def test_changed_settings_are_named_with_both_values(tmp_path: Path) -> None:
    data = dataset(tmp_path / "data", "x", "character")
    manifest = checkpoint(tmp_path / "c", data).manifest
    other = Recipe(name="b", sizes={"wide": 2, "deep": 3})

    assert not is_same_work(manifest, other, [data])
    assert describe_changes(manifest, other, [data]) == [
        "name: a → b", "sizes.deep: not set → 3", "sizes.wide: 1 → 2",
    ]  # fmt: skip


def test_another_dataset_is_named_and_whether_its_tokenizer_is_another(tmp_path: Path) -> None:
    data = dataset(tmp_path / "data", "x", "character")
    manifest = checkpoint(tmp_path / "c", data).manifest

    longer = describe_changes(manifest, Recipe(), [dataset(tmp_path / "data", "xy", "character")])
    retold = describe_changes(manifest, Recipe(), [dataset(tmp_path / "data", "x", "gpt2_bpe")])

    assert len(longer) == len(retold) == 1
    assert longer[0].startswith(f"{(tmp_path / 'data').as_posix()}: content {data.digest[:12]} → ")
    assert not longer[0].endswith("tokenizer")
    assert retold[0].endswith(", another tokenizer")


def test_another_version_is_named(tmp_path: Path) -> None:
    data = dataset(tmp_path / "data", "x", "character")
    manifest = checkpoint(tmp_path / "c", data).manifest
    older = manifest.model_copy(update={"environment": {"mypt": "0.0.1"}, "fingerprint": "0"})

    assert not is_same_work(older, Recipe(), [data])
    assert describe_changes(older, Recipe(), [data])[0].startswith("MyPT: 0.0.1 → ")
