"""What a corpus's manifest says it holds, counted from its own tables."""

import importlib.metadata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pyarrow as pa

from mypt.corpus.clean import VERSION as CLEAN_VERSION
from mypt.corpus.tables import CLUSTERS, DROPPED, reason_counts
from mypt.documents.formats import BY_NAME
from mypt.documents.parts import part_paths, read_table
from mypt.provenance.artifact import Draft

READER = "reader "
"""Stands before the name of a format in the environment of a corpus."""

_LIBRARIES = ("numba", "numpy", "pyarrow")
_BY = ("source", "language", "licence", "category", "format")


def count_contents(
    draft: Draft, masked: Iterable[Mapping[str, int]], ignored: Iterable[Mapping[str, int]]
) -> None:
    """Put into the manifest how much there is of what, what was left out, and what was masked."""
    columns = ["id", "language", "licence", "category", "format", "n_bytes"]
    rows = pa.concat_tables([read_table(path, columns) for path in part_paths(draft.path)])
    draft.counts |= {
        "documents": len(rows),
        "bytes": sum(rows["n_bytes"].to_pylist()),
        **_groups(rows),
        "dropped": reason_counts(draft.path / DROPPED),
        "clusters": len(set(read_table(draft.path / CLUSTERS, ["cluster"])["cluster"].to_pylist())),
        "masked": dict(sorted(sum(map(Counter, masked), Counter()).items())),
        "ignored": dict(sorted(sum(map(Counter, ignored), Counter()).items())),
    }
    draft.licences |= Counter(rows["licence"].to_pylist())


def _groups(rows: pa.Table) -> dict[str, Any]:
    """Return documents and bytes by source, language, licence, category and format."""
    sources = [id_.partition("/")[0] for id_ in rows["id"].to_pylist()]
    named = rows.append_column("source", pa.array(sources))
    result: dict[str, Any] = {}
    for name in _BY:
        sums = named.group_by(name).aggregate([("n_bytes", "sum"), ("n_bytes", "count")]).to_pylist()
        result[f"by_{name}"] = {
            row[name]: {"documents": row["n_bytes_count"], "bytes": row["n_bytes_sum"]}
            for row in sorted(sums, key=lambda row: row[name])
        }
    return result


def environment(formats: Collection[str]) -> dict[str, str]:
    """Return the versions of what writes the files, cleans, and reads each of these formats."""
    libraries = {name: importlib.metadata.version(name) for name in _LIBRARIES}
    readers = {f"{READER}{name}": BY_NAME[name].version for name in formats if name in BY_NAME}
    return {**libraries, "cleaning": CLEAN_VERSION, **readers}
