"""A pack is whole, the same each time, binds itself, and holds nothing of this machine."""

import hashlib
import shutil
from pathlib import Path

import pytest

from mypt.compliance.answers import Answers
from mypt.compliance.pack import SUMS_NAME, write_pack
from mypt.errors import ConfigError, InputError, ManifestMismatch
from mypt.files import read_json
from mypt.provenance.artifact import Artifact, open_artifact
from tests.compliance.samples import sample_dataset

PAPERS = ["ATTRIBUTION.txt", "attribution.parquet", "croissant.json", "licences.json", "spdx.json",
          "training-content.md"]  # fmt: skip


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_it_lists_every_paper_with_its_digest(dataset: Artifact, tmp_path: Path) -> None:
    paths = write_pack(dataset.path, tmp_path / "pack")

    assert [path.name for path in paths] == [*PAPERS, SUMS_NAME]
    lines = (tmp_path / "pack" / SUMS_NAME).read_text().splitlines()
    written = contents(tmp_path / "pack")
    assert set(written) == {*PAPERS, SUMS_NAME}
    assert lines == [f"{hashlib.sha256(written[name]).hexdigest()}  {name}" for name in PAPERS]


def test_the_same_dataset_gives_the_same_bytes_elsewhere(
    dataset: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pack(dataset.path, tmp_path / "one")
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    monkeypatch.setenv("LANG", "de_CH.UTF-8")

    again = sample_dataset(tmp_path / "again")
    write_pack(again.path, tmp_path / "two")

    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert one["ATTRIBUTION.txt"] == two["ATTRIBUTION.txt"]
    assert one["training-content.md"] == two["training-content.md"]
    write_pack(dataset.path, tmp_path / "two")
    assert contents(tmp_path / "two") == one


def test_nothing_of_this_machine_gets_out(dataset: Artifact, tmp_path: Path) -> None:
    write_pack(dataset.path, tmp_path / "pack")

    for name, data in contents(tmp_path / "pack").items():
        assert str(dataset.path).encode() not in data, name
        assert b"somebody" not in data, name


def test_the_only_time_in_it_is_the_one_that_was_given(dataset: Artifact, tmp_path: Path) -> None:
    write_pack(dataset.path, tmp_path / "pack", Answers(created="2026-01-02T03:04:05Z"))

    assert read_json(tmp_path / "pack" / "spdx.json")["creationInfo"]["created"] == "2026-01-02T03:04:05Z"
    assert "2026" not in (tmp_path / "pack" / "croissant.json").read_text(encoding="utf-8")
    assert "2026-01-02T03:04:05Z" in (tmp_path / "pack" / "training-content.md").read_text(encoding="utf-8")


def test_a_damaged_dataset_gets_no_papers(dataset: Artifact, tmp_path: Path) -> None:
    copy = tmp_path / "dataset"
    shutil.copytree(dataset.path, copy)
    (copy / "documents.parquet").write_bytes(b"PAR1")

    with pytest.raises(ManifestMismatch):
        write_pack(copy, tmp_path / "pack")

    assert not (tmp_path / "pack").exists()


def test_a_pack_that_cannot_be_written_leaves_the_old_one_whole(dataset: Artifact, tmp_path: Path) -> None:
    write_pack(dataset.path, tmp_path / "pack")
    before = contents(tmp_path / "pack")

    with pytest.raises((InputError, ConfigError)):
        write_pack(dataset.path, tmp_path / "pack", Answers(placement={"nobody": "user"}))

    assert contents(tmp_path / "pack") == before


def test_a_sealed_folder_takes_no_papers(dataset: Artifact) -> None:
    with pytest.raises(InputError, match="is sealed"):
        write_pack(dataset.path, dataset.path / "papers")

    assert open_artifact(dataset.path, "dataset").digest == dataset.digest
