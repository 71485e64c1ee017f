"""What differs between the work that began a run and the work that wants to go on with it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mypt import __version__
from mypt.config import Section
from mypt.provenance.artifact import Artifact
from mypt.provenance.manifest import Manifest, work_fingerprint
from mypt.tokenizer.registry import TOKENIZER_FILE

_ABSENT = "not set"


def is_same_work(manifest: Manifest, recipe: Section, inputs: Sequence[Artifact]) -> bool:
    """Say whether an artifact was made by this recipe over these inputs and this version."""
    entries = [artifact.as_input() for artifact in inputs]
    wanted = work_fingerprint(manifest.kind, recipe.model_dump(mode="json"), entries, {})
    return manifest.fingerprint == wanted


def describe_changes(manifest: Manifest, recipe: Section, inputs: Sequence[Artifact]) -> list[str]:
    """Return one line for each setting and input that is not what it was."""
    before = dict(_flat(manifest.recipe))
    now = dict(_flat(recipe.model_dump(mode="json")))
    lines = [
        f"{key}: {before.get(key, _ABSENT)} → {now.get(key, _ABSENT)}"
        for key in sorted(before.keys() | now.keys())
        if before.get(key, _ABSENT) != now.get(key, _ABSENT)
    ]
    lines += _changed_inputs(manifest, inputs)
    made_by = manifest.environment.get("mypt", _ABSENT)
    return lines + ([f"MyPT: {made_by} → {__version__}"] if made_by != __version__ else [])


def tokenizer_digests(inputs: Sequence[Artifact]) -> dict[str, str]:
    """Return path → digest of the tokenizer of each input that has one."""
    files = {artifact.path.as_posix(): artifact.manifest.files for artifact in inputs}
    return {
        path: entries[TOKENIZER_FILE].sha256 for path, entries in files.items() if TOKENIZER_FILE in entries
    }


def _changed_inputs(manifest: Manifest, inputs: Sequence[Artifact]) -> Iterator[str]:
    old = {entry.path: entry.digest for entry in manifest.inputs}
    new = {artifact.path.as_posix(): artifact.digest for artifact in inputs}
    old_tokenizers, new_tokenizers = manifest.counts.get("tokenizers", {}), tokenizer_digests(inputs)
    for path in sorted(old.keys() | new.keys()):
        was, is_ = old.get(path, _ABSENT), new.get(path, _ABSENT)
        if was != is_:
            is_other = old_tokenizers.get(path) != new_tokenizers.get(path)
            yield f"{path}: content {was[:12]} → {is_[:12]}{', another tokenizer' if is_other else ''}"


def _flat(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, part in value.items():
            yield from _flat(part, f"{key}.{name}" if key else name)
    else:
        yield key, value
