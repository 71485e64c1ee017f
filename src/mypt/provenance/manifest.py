"""The birth certificate of an artifact: recipe, inputs, files by sha256, counts, licences.

A manifest holds no time, host or absolute path of its own, so that the same
recipe over the same inputs gives the same manifest, byte for byte.
"""

import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from mypt import __version__
from mypt.config import Section, fingerprint
from mypt.errors import InputError, ManifestMismatch
from mypt.files import canonical_json, read_json, sha256_bytes, sha256_file

MANIFEST_NAME = "manifest.json"

Kind = Literal[
    "source",
    "corpus",
    "dataset",
    "checkpoint",
    "model",
    "export",
    "episodes",
    "episode_dataset",
    "evaluation",
]


class FileEntry(Section):
    """One file of an artifact."""

    sha256: str
    bytes: int


class InputEntry(Section):
    """One artifact that another was made from."""

    kind: Kind
    path: str
    """Where it lay, as the recipe said it; the digest is what binds."""
    digest: str
    """sha256 of the input's own manifest."""


class Manifest(Section):
    """What an artifact is, and what it was made from and by."""

    format: Literal["mypt-artifact-1"] = "mypt-artifact-1"
    kind: Kind
    recipe: dict[str, Any]
    """The resolved recipe, every default written out."""
    fingerprint: str
    """Digest of the work before it was done, by `work_fingerprint`: the same work is found by it."""
    inputs: tuple[InputEntry, ...] = ()
    sources: dict[str, str] = Field(default_factory=dict)
    """Name of a source of raw files → digest of their names and contents."""
    files: dict[str, FileEntry]
    """Path inside the folder, with forward slashes → digest and size."""
    counts: dict[str, Any] = Field(default_factory=dict)
    """What the step counted: documents, tokens, losses, …"""
    licences: dict[str, int] = Field(default_factory=dict)
    """SPDX licence id → number of documents under it."""
    environment: dict[str, str] = Field(default_factory=dict)
    """Versions of the code that made it."""


def work_fingerprint(
    kind: str, recipe: Mapping[str, Any], inputs: Sequence[InputEntry], sources: Mapping[str, str]
) -> str:
    """Return the digest of recipe, inputs, sources and this version of MyPT."""
    bound = [{"kind": entry.kind, "digest": entry.digest} for entry in inputs]
    return fingerprint(
        {"kind": kind, "recipe": recipe, "inputs": bound, "sources": dict(sources), "mypt": __version__}
    )


def manifest_bytes(manifest: Manifest) -> bytes:
    """Return the bytes of the manifest file; their sha256 is the artifact's digest."""
    return canonical_json(manifest.model_dump(mode="json")) + b"\n"


def manifest_digest(manifest: Manifest) -> str:
    """Return the artifact's digest, which binds every byte in the folder."""
    return sha256_bytes(manifest_bytes(manifest))


def read_manifest(folder: Path) -> Manifest:
    """Return a folder's manifest; ManifestMismatch when there is none or it is damaged."""
    path = folder / MANIFEST_NAME
    if not path.is_file():
        found = "has no manifest.json" if folder.is_dir() else "does not exist"
        raise ManifestMismatch(
            f"{folder}: this artifact {found}",
            hint="a step writes its manifest last; run the step that makes this folder again",
        )
    try:
        return Manifest.model_validate(read_json(path))
    except (InputError, ValidationError) as error:
        raise ManifestMismatch(
            f"{path}: not a manifest that this version of MyPT can read", hint=_REBUILD
        ) from error


def verify_files(folder: Path, manifest: Manifest) -> None:
    """Raise ManifestMismatch naming the first file that is missing, not what was sealed, or not sealed."""
    for name, entry in sorted(manifest.files.items()):
        path = os.path.join(folder, name)  # noqa: PTH118  # it is done for a hundred thousand files
        try:
            status = os.stat(path)  # noqa: PTH116
        except (FileNotFoundError, NotADirectoryError):
            status = None
        if status is None or not stat.S_ISREG(status.st_mode):
            raise ManifestMismatch(f"{path}: listed in the manifest, but missing", hint=_REBUILD)
        if status.st_size != entry.bytes:
            found = f"{status.st_size} bytes, the manifest says {entry.bytes}"
            raise ManifestMismatch(f"{path}: {found}", hint=_REBUILD)
        if sha256_file(path) != entry.sha256:
            raise ManifestMismatch(f"{path}: its content is not what was sealed", hint=_REBUILD)
    _refuse_unlisted(folder, manifest)


def _refuse_unlisted(folder: Path, manifest: Manifest) -> None:
    """A file that came later could be read as if it had been sealed, as one more shard is."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inner = os.path.relpath(parent, folder)
        for file in sorted(name for name in names if not name.startswith(".")):
            name = file if inner == "." else f"{inner.replace(os.sep, '/')}/{file}"
            if name not in manifest.files and name != MANIFEST_NAME and (folder / name).is_file():
                raise ManifestMismatch(
                    f"{folder / name}: not listed in the manifest", hint="take it out of the folder"
                )


_REBUILD = "copy the folder again from where it is whole, or run the step that makes it again with --replace"
