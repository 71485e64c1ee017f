"""A manifest binds every byte, and says what is wrong with a folder that is not what it says."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mypt import __version__
from mypt.errors import ManifestMismatch
from mypt.files import sha256_bytes
from mypt.provenance.manifest import (
    FileEntry,
    InputEntry,
    Manifest,
    manifest_bytes,
    manifest_digest,
    read_manifest,
    verify_files,
    work_fingerprint,
)

CONTENT = b"one\ntwo\n"
INPUT = InputEntry(kind="corpus", path="artifacts/corpus", digest="ab")
MANIFEST = Manifest(
    kind="dataset",
    recipe={"seed": 1},
    fingerprint=work_fingerprint("dataset", {"seed": 1}, [INPUT], {"acts": "cd"}),
    inputs=(INPUT,),
    sources={"acts": "cd"},
    files={"sub/a.bin": FileEntry(sha256=sha256_bytes(CONTENT), bytes=len(CONTENT))},
    counts={"documents": 2},
    licences={"MIT": 2},
    environment={"mypt": __version__},
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.bin").write_bytes(CONTENT)
    (tmp_path / "manifest.json").write_bytes(manifest_bytes(MANIFEST))
    return tmp_path


def test_a_manifest_comes_back_as_it_was_written(folder: Path) -> None:
    assert read_manifest(folder) == MANIFEST


def test_the_digest_is_the_one_of_the_file(folder: Path) -> None:
    assert manifest_digest(MANIFEST) == sha256_bytes((folder / "manifest.json").read_bytes())


def test_a_whole_folder_is_verified(folder: Path) -> None:
    verify_files(folder, MANIFEST)


def _truncate(path: Path) -> None:
    path.write_bytes(CONTENT[:-1])


def _append(path: Path) -> None:
    path.write_bytes(CONTENT + b"x")


def _change_a_byte(path: Path) -> None:
    path.write_bytes(b"0" + CONTENT[1:])


def _replace_by_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_truncate, r"a\.bin: 7 bytes, the manifest says 8"),
        (_append, r"a\.bin: 9 bytes, the manifest says 8"),
        (_change_a_byte, r"a\.bin: its content is not what was sealed"),
        (Path.unlink, r"a\.bin: listed in the manifest, but missing"),
        (_replace_by_a_folder, r"a\.bin: listed in the manifest, but missing"),
    ],
)
def test_a_damaged_file_is_named(folder: Path, damage: Callable[[Path], None], message: str) -> None:
    damage(folder / "sub" / "a.bin")

    with pytest.raises(ManifestMismatch, match=message) as caught:
        verify_files(folder, MANIFEST)

    assert caught.value.hint


def test_a_missing_folder_is_told_from_one_without_a_manifest(tmp_path: Path) -> None:
    with pytest.raises(ManifestMismatch, match="has no manifest"):
        read_manifest(tmp_path)
    with pytest.raises(ManifestMismatch, match="does not exist"):
        read_manifest(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "change",
    [
        {"format": "mypt-artifact-2"},
        {"kind": "poem"},
        {"surprise": 1},
        {"files": {"a": {"sha256": "00"}}},
        {"recipe": None},
    ],
)
def test_a_manifest_of_another_form_is_refused(folder: Path, change: dict[str, Any]) -> None:
    values = json.loads(manifest_bytes(MANIFEST)) | change
    (folder / "manifest.json").write_text(json.dumps(values), encoding="utf-8")

    with pytest.raises(ManifestMismatch, match="not a manifest that this version"):
        read_manifest(folder)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff", manifest_bytes(MANIFEST)[:40], b"[" * 100_000]
)
def test_a_manifest_that_is_not_json_is_refused(folder: Path, content: bytes) -> None:
    (folder / "manifest.json").write_bytes(content)

    with pytest.raises(ManifestMismatch, match="not a manifest that this version"):
        read_manifest(folder)


def test_the_same_work_has_the_same_fingerprint_wherever_its_input_lies() -> None:
    moved = INPUT.model_copy(update={"path": "elsewhere"})

    assert work_fingerprint("dataset", {"seed": 1}, [moved], {"acts": "cd"}) == MANIFEST.fingerprint


@pytest.mark.parametrize(
    ("kind", "recipe", "inputs", "sources"),
    [
        ("model", {"seed": 1}, [INPUT], {"acts": "cd"}),
        ("dataset", {"seed": 2}, [INPUT], {"acts": "cd"}),
        ("dataset", {"seed": 1}, [], {"acts": "cd"}),
        ("dataset", {"seed": 1}, [INPUT.model_copy(update={"digest": "ac"})], {"acts": "cd"}),
        ("dataset", {"seed": 1}, [INPUT], {"acts": "ce"}),
        ("dataset", {"seed": 1}, [INPUT], {}),
    ],
)
def test_other_work_has_another_fingerprint(
    kind: str, recipe: dict[str, Any], inputs: list[InputEntry], sources: dict[str, str]
) -> None:
    assert work_fingerprint(kind, recipe, inputs, sources) != MANIFEST.fingerprint


def test_another_version_is_other_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mypt.provenance.manifest.__version__", "9.9.9")

    assert work_fingerprint("dataset", {"seed": 1}, [INPUT], {"acts": "cd"}) != MANIFEST.fingerprint


def test_what_a_step_counted_changes_the_digest() -> None:
    other = MANIFEST.model_copy(update={"counts": {"documents": 3}})

    assert manifest_digest(other) != manifest_digest(MANIFEST)
