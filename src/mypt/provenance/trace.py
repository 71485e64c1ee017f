"""From any artifact back through everything it was made from."""

from dataclasses import dataclass
from pathlib import Path

from mypt.errors import ManifestMismatch
from mypt.provenance.artifact import Artifact, open_artifact
from mypt.provenance.manifest import read_manifest


@dataclass(frozen=True)
class Link:
    """One artifact of a lineage and how many steps back it lies."""

    artifact: Artifact
    depth: int


def trace_back(path: Path) -> list[Link]:
    """Return an artifact and all it came from, nearest first, every file verified.

    Raises ManifestMismatch when an input is gone, damaged, or is not the one
    that was used.
    """
    artifact = open_artifact(path, read_manifest(path).kind)
    return _follow(artifact, depth=0)


def _follow(artifact: Artifact, depth: int) -> list[Link]:
    links = [Link(artifact, depth)]
    for entry in artifact.manifest.inputs:
        source = open_artifact(Path(entry.path), entry.kind)
        if source.digest != entry.digest:
            raise ManifestMismatch(
                f"{entry.path}: is not the {entry.kind} that {artifact.path} was made from",
                hint=f"the one that was used has the digest {entry.digest}",
            )
        links += _follow(source, depth + 1)
    return links
