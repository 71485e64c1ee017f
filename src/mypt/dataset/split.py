"""Whole documents to `train` or `val`, by a keyed hash, language by language."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from mypt.errors import InputError
from mypt.seeds import derive_seed

SplitName = Literal["train", "val"]

# A document may overshoot the wanted share by this factor; a larger one stays in training.
_OVERSHOOT = 1.5


@dataclass(frozen=True)
class Entry:
    """What the split needs to know of a document."""

    id: str
    language: str
    n_bytes: int


def shuffled(entries: Iterable[Entry], seed: int) -> list[Entry]:
    """Return documents in an order that depends on the seed and each document's id alone."""
    return sorted(entries, key=lambda entry: (derive_seed(seed, "order", entry.id), entry.id))


def split_documents(entries: Iterable[Entry], val_fraction: float, seed: int) -> dict[str, SplitName]:
    """Return document id → split; each language with two or more documents is held out too.

    Raises InputError when no document can be held out without emptying `train`.
    """
    by_language: dict[str, list[Entry]] = defaultdict(list)
    for entry in shuffled(entries, seed):
        by_language[entry.language].append(entry)
    held_out: set[str] = set()
    for language in sorted(by_language):
        held_out |= _held_out(by_language[language], val_fraction)
    if not held_out:
        raise InputError(
            "no language of this corpus has two documents, so none can be held out for validation",
            hint="split the text into several files, for example one per chapter",
        )
    ids = [entry.id for group in by_language.values() for entry in group]
    return {id_: "val" if id_ in held_out else "train" for id_ in ids}


def _held_out(entries: list[Entry], val_fraction: float) -> set[str]:
    """Take documents in keyed order while they fit; the smallest one when none does."""
    if len(entries) < 2:
        return set()
    wanted = val_fraction * sum(entry.n_bytes for entry in entries)
    chosen: set[str] = set()
    total = 0
    for entry in entries:
        if total < wanted and total + entry.n_bytes <= _OVERSHOOT * wanted:
            chosen.add(entry.id)
            total += entry.n_bytes
    return chosen or {min(entries, key=lambda entry: (entry.n_bytes, entry.id)).id}
