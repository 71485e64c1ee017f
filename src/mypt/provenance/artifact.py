"""A staged folder becomes a sealed folder; a sealed folder is never edited."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mypt import __version__
from mypt.config import Section
from mypt.errors import InputError, ManifestMismatch
from mypt.files import fsync_folder, sha256_file, storage_errors, write_atomic
from mypt.provenance.claim import claimed, drop_dead_claim
from mypt.provenance.manifest import (
    MANIFEST_NAME,
    FileEntry,
    InputEntry,
    Kind,
    Manifest,
    manifest_bytes,
    manifest_digest,
    read_manifest,
    verify_files,
    work_fingerprint,
)

_WRITERS = 16
"""A disk makes many files durable at once in little more time than one."""

_NO_SOURCES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Artifact:
    """A sealed folder."""

    path: Path
    manifest: Manifest

    @property
    def digest(self) -> str:
        """Return the sha256 that binds every byte in the folder."""
        return manifest_digest(self.manifest)

    def as_input(self) -> InputEntry:
        """Return how another artifact names this one as its input."""
        return InputEntry(kind=self.manifest.kind, path=self.path.as_posix(), digest=self.digest)


@dataclass
class Draft:
    """A folder being filled; what the step puts into these fields goes into the manifest."""

    path: Path
    counts: dict[str, Any] = field(default_factory=dict)
    licences: dict[str, int] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)


def recover(path: Path) -> None:
    """Put right what a kill left of a replacement at a path."""
    _recover_replaced(path)
    drop_dead_claim(path)


def open_artifact(path: Path, kind: Kind) -> Artifact:
    """Return a sealed folder whose every file was checked against its manifest.

    Raises ManifestMismatch for a missing, damaged or other kind of artifact.
    """
    manifest = read_manifest(path)
    if manifest.kind != kind:
        raise ManifestMismatch(f"{path}: expected a {kind}, this is a {manifest.kind}")
    verify_files(path, manifest)
    return Artifact(path, manifest)


def find(
    path: Path,
    kind: Kind,
    recipe: Section,
    inputs: Sequence[Artifact] = (),
    sources: Mapping[str, str] = _NO_SOURCES,
    *,
    replace: bool = False,
) -> Artifact | None:
    """Return the artifact at a path if the same work already made it, else None.

    What a kill left of a replacement is put right first. Raises ManifestMismatch
    when it is that artifact, but damaged; one that may be replaced counts as not made.
    Raises InputError when the work would be for nothing, since `staged` refuses the path.
    """
    recover(path)
    if (path / MANIFEST_NAME).is_file():
        entries = [artifact.as_input() for artifact in inputs]
        wanted = work_fingerprint(kind, recipe.model_dump(mode="json"), entries, sources)
        try:
            if read_manifest(path).fingerprint == wanted:
                return open_artifact(path, kind)
        except ManifestMismatch:
            if not replace:
                raise
    _refuse_unusable(path, inputs, replace=replace)
    return None


@contextmanager
def staged(
    target: Path,
    kind: Kind,
    recipe: Section,
    inputs: Sequence[Artifact] = (),
    sources: Mapping[str, str] = _NO_SOURCES,
    *,
    replace: bool = False,
) -> Iterator[Draft]:
    """Give a folder to fill beside the target; seal it as the target when the block ends well.

    `sources` holds the digests of raw files, which are no artifacts. When the block
    raises, the staged folder is removed and the target is as it was. What a killed
    run left behind is removed by the next one. Raises InputError when the target
    exists and `replace` is false or another process is writing it, and StorageFull when
    it cannot be written.
    """
    with claimed(target):
        _recover_replaced(target)
        _refuse_unusable(target, inputs, replace=replace)
        staging = target.with_name(f".{target.name}.staging")
        shutil.rmtree(staging, ignore_errors=True)
        try:
            with storage_errors(target):
                staging.mkdir(parents=True)
                draft = Draft(staging)
                yield draft
                _seal(draft, kind, recipe, inputs, sources)
                _move_into_place(staging, target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
            _recover_replaced(target)


def _recover_replaced(target: Path) -> None:
    """Put the old artifact back when a replacement stopped between its two renames; else drop it."""
    old = _replaced_name(target)
    if (target / MANIFEST_NAME).is_file():
        shutil.rmtree(old, ignore_errors=True)
    elif old.exists() and not target.exists():
        old.rename(target)


def _replaced_name(target: Path) -> Path:
    return target.with_name(f".{target.name}.replaced")


def _refuse_unusable(target: Path, inputs: Sequence[Artifact], *, replace: bool) -> None:
    _refuse_unless_free(target, replace=replace)
    _refuse_own_input(target, inputs)


def _refuse_unless_free(target: Path, *, replace: bool) -> None:
    if not target.exists():
        return
    if _has_content(target) and not (target / MANIFEST_NAME).is_file():
        raise InputError(
            f"{target}: exists and is not an artifact of MyPT, so it will not be replaced",
            hint="choose another folder with --out",
        )
    if _has_content(target) and not replace:
        raise InputError(
            f"{target}: already holds an artifact of another recipe or other inputs",
            hint="add --replace to make it anew, or choose another folder with --out",
        )


def _refuse_own_input(target: Path, inputs: Sequence[Artifact]) -> None:
    for artifact in inputs:
        if artifact.path.resolve().is_relative_to(target.resolve()):
            raise InputError(
                f"{target}: holds the {artifact.manifest.kind} that is to be read, so it cannot be replaced",
                hint="choose another folder with --out",
            )


def _has_content(path: Path) -> bool:
    return not path.is_dir() or any(path.iterdir())


def _seal(
    draft: Draft, kind: Kind, recipe: Section, inputs: Sequence[Artifact], sources: Mapping[str, str]
) -> None:
    """Make every file durable, then write the manifest, last."""
    names = sorted(
        path.relative_to(draft.path).as_posix() for path in draft.path.rglob("*") if path.is_file()
    )
    with ThreadPoolExecutor(_WRITERS) as threads:
        entries_of_files = threads.map(lambda name: _durable_entry(draft.path / name), names)
        files = dict(zip(names, entries_of_files, strict=True))
    resolved = recipe.model_dump(mode="json")
    entries = tuple(artifact.as_input() for artifact in inputs)
    manifest = Manifest(
        kind=kind,
        recipe=resolved,
        fingerprint=work_fingerprint(kind, resolved, entries, sources),
        inputs=entries,
        sources=dict(sources),
        files=files,
        counts=draft.counts,
        licences=dict(sorted(draft.licences.items())),
        environment={"mypt": __version__, **draft.environment},
    )
    write_atomic(draft.path / MANIFEST_NAME, manifest_bytes(manifest))


def _durable_entry(path: Path) -> FileEntry:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    return FileEntry(sha256=sha256_file(path), bytes=path.stat().st_size)


def _move_into_place(staging: Path, target: Path) -> None:
    """Swap by two renames; between them the old artifact lies beside, whole."""
    old = _replaced_name(target)
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    staging.rename(target)
    fsync_folder(target.parent)
