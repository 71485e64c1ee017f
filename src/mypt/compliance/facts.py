"""What every paper is written from: a dataset's documents, grouped once, and what is known of its sources."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from mypt.compliance.sources import SourceFacts, read_sources, unrecorded
from mypt.dataset.licence_policy import LicencePolicy, Verdict
from mypt.dataset.lineage import Lineage
from mypt.documents.parts import part_paths, read_table
from mypt.errors import ManifestMismatch
from mypt.provenance.artifact import Artifact, open_artifact


@dataclass(frozen=True)
class Group:
    """The documents of one source under one licence in one split."""

    source: str
    licence: str
    split: str
    documents: int
    tokens: int
    """Each document counted once."""
    taken: int
    """Each as often as it comes."""


@dataclass(frozen=True)
class Facts:
    """A dataset, ready to be written about."""

    dataset: Artifact
    corpus: Artifact
    documents: pa.Table
    """As in the lineage of the dataset, with the origin of each document."""
    groups: tuple[Group, ...]
    sources: Mapping[str, SourceFacts]
    """Of every source that has a document in the dataset."""

    @property
    def root(self) -> str:
        """Return the one digest of the content of the dataset."""
        return str(self.dataset.manifest.counts["root"])

    @cached_property
    def policy(self) -> LicencePolicy:
        """Return the policy that the dataset was built by."""
        return LicencePolicy.model_validate(self.dataset.manifest.recipe.get("licences") or {})

    @cached_property
    def verdicts(self) -> dict[str, Verdict]:
        """Return what the policy says of each licence."""
        return self.policy.judge(group.licence for group in self.groups)

    @cached_property
    def concluded(self) -> list[str]:
        """Return the licences that are made use of, each once."""
        return concluded(self.verdicts.values())


def read_facts(folder: Path) -> Facts:
    """Return the facts of a dataset, every file of it and of its corpus checked.

    Raises ManifestMismatch when the corpus is gone, or is not the one it was built from.
    """
    dataset = open_artifact(folder, "dataset")
    corpus = _corpus_of(dataset)
    documents = _with_origins(Lineage.open(folder).documents, corpus)
    groups = _groups(documents)
    recorded = read_sources(corpus)
    names = sorted({group.source for group in groups})
    sources = {name: recorded.get(name) or unrecorded(name) for name in names}
    return Facts(dataset, corpus, documents, groups, sources)


def concluded(verdicts: Iterable[Verdict]) -> list[str]:
    """Return the single licences of the expressions that are made use of, sorted."""
    return sorted({part for verdict in verdicts for part in verdict.concluded.split(" AND ") if part})


def _corpus_of(dataset: Artifact) -> Artifact:
    for entry in dataset.manifest.inputs:
        if entry.kind == "corpus":
            corpus = open_artifact(Path(entry.path), "corpus")
            if corpus.digest != entry.digest:
                raise ManifestMismatch(f"{entry.path}: is not the corpus that {dataset.path} was made from")
            return corpus
    raise ManifestMismatch(f"{dataset.path}: its manifest names no corpus")


def _with_origins(documents: pa.Table, corpus: Artifact) -> pa.Table:
    rows = pa.concat_tables([read_table(path, ["id", "origin"]) for path in part_paths(corpus.path)])
    places = pc.index_in(documents["id"], value_set=rows["id"].combine_chunks())
    return documents.append_column("origin", rows["origin"].combine_chunks().take(places))


def _groups(documents: pa.Table) -> tuple[Group, ...]:
    keys = ["source", "licence", "split"]
    taken = documents.append_column("taken", pc.multiply(documents["n_tokens"], documents["times"]))
    sums = taken.group_by(keys).aggregate([("id", "count"), ("n_tokens", "sum"), ("taken", "sum")])
    rows = sorted(sums.to_pylist(), key=lambda row: tuple(row[key] for key in keys))
    return tuple(
        Group(
            row["source"],
            row["licence"],
            row["split"],
            row["id_count"],
            row["n_tokens_sum"],
            row["taken_sum"],
        )
        for row in rows
    )
