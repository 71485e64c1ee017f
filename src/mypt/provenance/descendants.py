"""From an artifact forward: everything below a folder that was made from it."""

from collections.abc import Iterator
from pathlib import Path

from mypt.errors import ManifestMismatch
from mypt.provenance.manifest import MANIFEST_NAME, Manifest, manifest_digest, read_manifest


def descendants(digest: str, folder: Path) -> list[tuple[Path, Manifest]]:
    """Return path and manifest of every artifact that an artifact went into, over any number of steps.

    Looks at every manifest below a folder; files are not verified, for what is searched
    may be damaged and must be found all the same.
    """
    found = manifests(folder)
    known = {digest}
    while True:
        more = {
            manifest_digest(manifest)
            for _, manifest in found
            if any(entry.digest in known for entry in manifest.inputs)
        }
        if more <= known:
            break
        known |= more
    return [(path, manifest) for path, manifest in found if manifest_digest(manifest) in known - {digest}]


def manifests(folder: Path) -> list[tuple[Path, Manifest]]:
    """Return path and manifest of every artifact below a folder, by path."""
    return sorted(_readable(folder), key=lambda item: item[0])


def _readable(folder: Path) -> Iterator[tuple[Path, Manifest]]:
    for path in folder.rglob(MANIFEST_NAME):
        try:
            yield path.parent, read_manifest(path.parent)
        except ManifestMismatch:
            continue
