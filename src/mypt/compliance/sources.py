"""What is known of each source of a corpus: from its recipe, and from what a fetch sealed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mypt.errors import ManifestMismatch
from mypt.files import read_json
from mypt.provenance.artifact import Artifact
from mypt.provenance.manifest import InputEntry, manifest_digest, read_manifest

PIN_NAME = "pin.json"


@dataclass(frozen=True)
class Evidence:
    """A file that says under which licence others are."""

    path: str
    sha256: str


@dataclass(frozen=True)
class SourceFacts:
    """One source; empty is what nobody recorded."""

    name: str
    kind: str = ""
    title: str = ""
    licence: str = ""
    """What the recipe says of every file for which the source itself says none."""
    origin: str = ""
    revision: str = ""
    digest: str = ""
    """What binds the names and contents of its files."""
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[str, ...] = ()


def read_sources(corpus: Artifact) -> dict[str, SourceFacts]:
    """Return the sources of a corpus by their names.

    Raises ManifestMismatch when a fetched source is gone, or is not the one that was read.
    """
    manifest = corpus.manifest
    described = {str(row.get("name", "")): row for row in manifest.recipe.get("sources", ())}
    facts = {name: _from_recipe(name, row, manifest.sources) for name, row in described.items()}
    for entry in manifest.inputs:
        name, pin = _read_pin(entry)
        facts[name] = _with_pin(facts.get(name) or unrecorded(name), pin, entry.digest)
    return dict(sorted(facts.items()))


def unrecorded(name: str) -> SourceFacts:
    """Return the facts of a source of which only its documents are known."""
    return SourceFacts(name, title=name)


def _from_recipe(name: str, row: Mapping[str, Any], digests: Mapping[str, str]) -> SourceFacts:
    """The local path is left out: it says nothing to others, and may say too much."""
    texts = {key: str(row.get(key) or "") for key in ("kind", "licence", "origin", "revision")}
    return SourceFacts(
        name,
        kind=texts["kind"],
        title=str(row.get("title") or name),
        licence=texts["licence"],
        origin=texts["origin"] or str(row.get("url") or ""),
        revision=texts["revision"],
        digest=digests.get(name, ""),
    )


def _read_pin(entry: InputEntry) -> tuple[str, dict[str, Any]]:
    folder = Path(entry.path)
    manifest = read_manifest(folder)
    if manifest_digest(manifest) != entry.digest:
        raise ManifestMismatch(f"{folder}: is not the source that the corpus was made from")
    pin = folder / PIN_NAME
    return str(manifest.recipe.get("name") or folder.name), read_json(pin) if pin.is_file() else {}


def _with_pin(facts: SourceFacts, pin: Mapping[str, Any], digest: str) -> SourceFacts:
    downloads = [str(row["url"]) for row in _rows(pin, "downloads")]
    return replace(
        facts,
        origin=facts.origin or (downloads[0] if len(downloads) == 1 else ""),
        kind=str(pin.get("kind") or facts.kind),
        revision=str(pin.get("revision") or facts.revision),
        digest=facts.digest or str(pin.get("tree") or digest),
        evidence=tuple(Evidence(str(row["path"]), str(row["sha256"])) for row in _rows(pin, "evidence")),
        notes=tuple(str(note) for note in pin.get("notes", ())),
    )


def _rows(pin: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    return pin.get(key) or ()
