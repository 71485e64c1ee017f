"""Sources are fetched: each into a sealed folder, each pinned in the lock file beside the recipe."""

import shutil
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from mypt.config import Section, did_you_mean, fingerprint
from mypt.corpus.lock import Lock, Pin, differences, lock_path, read_lock, write_lock
from mypt.corpus.recipe import CorpusRecipe, FetchedSettings
from mypt.corpus.sources import debian_packages, fedlex, git_repository, http_files
from mypt.corpus.sources.fetched import read_pin
from mypt.corpus.sources.fetching import FILES, PIN, Fetched, Job, write_origins
from mypt.errors import InputError, ManifestMismatch
from mypt.files import sha256_file, write_json
from mypt.provenance.artifact import Artifact, Draft, open_artifact, staged
from mypt.provenance.manifest import MANIFEST_NAME

Progress: TypeAlias = Callable[[int, int], None]
"""Called with (sources done, sources in all)."""

ALL = "all"
"""Updates every source."""

FETCHERS: Mapping[str, Callable[[Any, Job], Fetched]] = {
    "git": git_repository.fetch_git,
    "http": http_files.fetch_http,
    "debian": debian_packages.fetch_debian,
    "fedlex": fedlex.fetch_fedlex,
}
"""One function for each kind of source that is fetched; a folder is read where it lies."""

IS_CURRENT: Mapping[str, Callable[[Any, Pin], bool]] = {
    "git": git_repository.is_current,
    "http": http_files.is_current,
}
"""Kinds that can say, without fetching anything, that nothing has changed."""


class SourceRequest(Section):
    """What the manifest of a source keeps of the recipe."""

    source: dict[str, Any]


def fetch(
    recipe: CorpusRecipe,
    recipe_path: Path,
    *,
    update: Collection[str] = (),
    replace: bool = False,
    progress: Progress | None = None,
) -> list[Artifact]:
    """Return the sealed folder of every source that is not read in place, fetched or found.

    What is locked is fetched exactly, or not at all; sources in `update` are locked anew, as are
    those that never were. Each source is locked when it is done, so that a killed fetch goes on.
    """
    wanted = [source for source in recipe.sources if isinstance(source, FetchedSettings)]
    _refuse_unknown(update, [source.name for source in wanted])
    path = lock_path(recipe_path)
    artifacts: list[Artifact] = []
    for number, settings in enumerate(wanted, start=1):
        lock = read_lock(path)
        is_updated = ALL in update or settings.name in update
        artifact = _fetch_one(settings, Path(recipe.store), lock, is_updated=is_updated, replace=replace)
        pins = {**lock.sources, settings.name: read_pin(artifact.path)}
        write_lock(path, Lock(sources=pins))
        artifacts.append(artifact)
        if progress is not None:
            progress(number, len(wanted))
    return artifacts


def _refuse_unknown(update: Collection[str], names: list[str]) -> None:
    for name in update:
        if name not in (*names, ALL):
            raise InputError(f"no source that is fetched is called {name!r}{did_you_mean(name, names)}")


def _fetch_one(
    settings: FetchedSettings, store: Path, lock: Lock, *, is_updated: bool, replace: bool
) -> Artifact:
    folder = store / settings.name
    locked = lock.sources.get(settings.name)
    if locked and locked.request != settings.request and not is_updated:
        raise InputError(
            f"source {settings.name!r}: the recipe asks for something else than what is locked",
            hint=f"mypt corpus fetch RECIPE --update {settings.name}",
        )
    found = _found(folder, settings, locked, is_replaced=replace or is_updated)
    if found is not None and (not is_updated or _is_current(settings, read_pin(folder))):
        return found
    pin = None if is_updated else locked
    return _fetch_anew(settings, store, pin, replace=replace or is_updated)


def _found(
    folder: Path, settings: FetchedSettings, locked: Pin | None, *, is_replaced: bool
) -> Artifact | None:
    """Return what was fetched before, when it is whole and what is asked for."""
    if not (folder / MANIFEST_NAME).is_file():
        return None
    try:
        artifact = open_artifact(folder, "source")
        pin = read_pin(folder)
    except ManifestMismatch:
        if is_replaced:
            return None
        raise
    is_asked = pin.request == settings.request and (locked is None or not differences(locked, pin))
    return artifact if is_asked else None


def _is_current(settings: FetchedSettings, pin: Pin) -> bool:
    check = IS_CURRENT.get(settings.kind)
    return check is not None and check(settings, pin)


def _fetch_anew(settings: FetchedSettings, store: Path, pin: Pin | None, *, replace: bool) -> Artifact:
    """Fetch into a staged folder and seal it, when it is what is locked."""
    folder = store / settings.name
    kept = store / ".downloads" / f"{settings.name}-{settings.request[:16]}"
    request = SourceRequest(source=settings.model_dump(mode="json", include={"kind", "name"}))
    pinned = {"request": settings.request}
    with staged(folder, "source", request, sources=pinned, replace=replace) as draft:
        job = Job(draft.path, kept, pin)
        job.files.mkdir()
        kept.mkdir(parents=True, exist_ok=True)
        fetched = FETCHERS[settings.kind](settings, job)
        found = _pin(settings, job, fetched)
        if pin is not None and (problems := differences(pin, found)):
            raise InputError(
                f"source {settings.name!r} is not what is locked: {'; '.join(problems[:3])}",
                hint=f"mypt corpus fetch RECIPE --update {settings.name} locks what is there now",
            )
        write_json(draft.path / PIN, (pin or found).model_dump(mode="json"))
        _count(draft, fetched, settings)
    shutil.rmtree(kept, ignore_errors=True)
    return open_artifact(folder, "source")


def _pin(settings: FetchedSettings, job: Job, fetched: Fetched) -> Pin:
    """Write the table of the files, and return what binds them all."""
    if not fetched.origins:
        raise InputError(f"source {settings.name!r} gives no file", hint="look at the globs of the recipe")
    write_origins(job.folder, fetched.origins)
    rows = [
        [row.path, sha256_file(job.files / row.path), row.licence, row.origin]
        for row in sorted(fetched.origins, key=lambda row: row.path)
    ]
    return Pin(
        kind=settings.kind,
        request=settings.request,
        revision=fetched.revision,
        downloads=tuple(fetched.downloads),
        evidence=job.evidence_found(),
        tree=fingerprint(rows),
        notes=tuple(fetched.notes),
    )


def _count(draft: Draft, fetched: Fetched, settings: FetchedSettings) -> None:
    draft.counts |= {
        "files": len(fetched.origins),
        "bytes": sum((draft.path / FILES / row.path).stat().st_size for row in fetched.origins),
        "left out": dict(sorted(fetched.counts.items())),
    }
    for row in fetched.origins:
        licence = row.licence or settings.licence
        draft.licences[licence] = draft.licences.get(licence, 0) + 1
