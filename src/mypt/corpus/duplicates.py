"""Which document of a corpus is a copy of which: exact copies first, then near ones."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mypt.corpus.candidates import Fingerprints
from mypt.corpus.minhash import N_VALUES, band_keys, rows_per_band
from mypt.corpus.near_duplicates import NearDuplicateConfig, find_clusters
from mypt.corpus.prepare import DOCUMENTS_NAME, SIGNATURES_NAME
from mypt.documents.parts import read_table

_Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Candidates:
    """The documents of all groups, without their texts."""

    folders: tuple[Path, ...]
    """Results of the groups, in the order of their documents."""
    rows: pa.Table
    """id, raw_sha256, sha256, n_bytes."""
    groups: _Numbers
    """Number of the group of each document."""
    places: _Numbers
    """Number of each document in its group."""

    def __len__(self) -> int:
        return len(self.groups)

    def select(self, chosen: NDArray[np.bool_]) -> "Candidates":
        """Return the documents that are chosen, in their order."""
        rows = self.rows.filter(pa.array(chosen))
        return Candidates(self.folders, rows, self.groups[chosen], self.places[chosen])


@dataclass(frozen=True)
class Copies:
    """For each document the one that stands for it, and how alike they are."""

    kept_as: _Numbers
    """Number of the document that is kept; its own for one that is kept itself."""
    is_exact: NDArray[np.bool_]
    """Whether the text is that of another document to the letter."""
    similarity: NDArray[np.float64]
    """Jaccard index of the word 5-grams of the two; 1 for what is kept."""

    @property
    def is_kept(self) -> NDArray[np.bool_]:
        """Return which documents stay."""
        return self.kept_as == np.arange(len(self.kept_as))


def read_candidates(folders: Sequence[Path]) -> Candidates:
    """Return the documents of all groups."""
    columns = ["id", "raw_sha256", "sha256", "n_bytes"]
    tables = [read_table(folder / DOCUMENTS_NAME, columns) for folder in folders]
    lengths = [len(table) for table in tables]
    places = [np.arange(length) for length in lengths]
    numbers = np.repeat(np.arange(len(tables)), lengths)
    return Candidates(tuple(folders), pa.concat_tables(tables), numbers, np.concatenate(places))


def find_copies(candidates: Candidates, config: NearDuplicateConfig | None, room: Path) -> Copies:
    """Return which documents stand for which; without a config, exact copies only.

    `room` is a folder for what does not fit into memory; nothing stays there. Raises
    InputError when a cluster is larger than the config allows.
    """
    first = _first_with_the_same_text(candidates.rows["sha256"])
    is_exact = first != np.arange(len(candidates))
    kept_as, similarity = first.copy(), np.ones(len(candidates))
    unique = np.flatnonzero(~is_exact)
    if config is not None and len(unique) > 1:
        ids = candidates.rows["id"]
        with tempfile.TemporaryDirectory(dir=room, prefix=".duplicates-") as folder:
            clusters = find_clusters(
                _fingerprints(candidates, unique, config, Path(folder)),
                lambda numbers: _read_texts(candidates, unique[numbers]),
                config,
                lambda number: str(ids[int(unique[number])]),
            )
        kept_as[unique] = unique[clusters.canonical]
        similarity[unique] = clusters.similarity
        kept_as[is_exact], similarity[is_exact] = kept_as[first[is_exact]], similarity[first[is_exact]]
    return Copies(kept_as, is_exact, similarity)


def _first_with_the_same_text(digests: pa.ChunkedArray) -> _Numbers:
    """Return for each document the number of the first one with its digest."""
    codes = digests.combine_chunks().dictionary_encode().indices.to_numpy()
    _, first = np.unique(codes, return_index=True)
    return first[codes]


def _fingerprints(
    candidates: Candidates, unique: _Numbers, config: NearDuplicateConfig, folder: Path
) -> Fingerprints:
    """Return what is known of each text, as maps of files: 512 bytes a document need not be in memory."""
    rows = rows_per_band(config.threshold)
    shape = {"signatures": (len(unique), N_VALUES), "keys": (N_VALUES // rows, len(unique))}
    signatures = np.lib.format.open_memmap(folder / "s.npy", "w+", np.uint32, shape["signatures"])
    keys = np.lib.format.open_memmap(folder / "k.npy", "w+", np.uint64, shape["keys"])
    done = 0
    for number, path in enumerate(candidates.folders):
        own = candidates.places[unique[candidates.groups[unique] == number]]
        values = np.load(path / SIGNATURES_NAME, mmap_mode="r")[own]
        signatures[done : done + len(own)] = values
        keys[:, done : done + len(own)] = band_keys(values, rows)
        done += len(own)
    starts = b"".join(digest[:8] for digest in candidates.rows["sha256"].take(pa.array(unique)).to_pylist())
    sizes = candidates.rows["n_bytes"].to_numpy()[unique]
    return Fingerprints(signatures, keys, sizes, np.frombuffer(starts, ">u8").astype(np.uint64))


def _read_texts(candidates: Candidates, numbers: _Numbers) -> Iterator[str]:
    """Yield the texts of documents whose numbers rise, each group opened once."""
    groups = candidates.groups[numbers]
    for group in np.unique(groups):
        table = read_table(candidates.folders[group] / DOCUMENTS_NAME, ["text"])
        yield from table["text"].take(pa.array(candidates.places[numbers[groups == group]])).to_pylist()
