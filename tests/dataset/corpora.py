"""Small corpora as their build would seal them, and datasets of them."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mypt.config import Section, validate
from mypt.dataset.build import build
from mypt.dataset.lineage import Lineage
from mypt.dataset.recipe import DatasetRecipe
from mypt.documents.document import Document
from mypt.documents.parts import to_table, write_table
from mypt.execution.runner import Execution
from mypt.provenance.artifact import Artifact, open_artifact, staged

GERMAN = "Die Kantone sind souverän, soweit ihre Souveränität nicht beschränkt ist.\n"
ENGLISH = "The cantons are sovereign except to the extent that it is limited.\n"
ALONE = Execution(workers=1)


class Recipe(Section):
    """Whatever made the corpus."""

    kind: str = "corpus"


class Row(NamedTuple):
    """A row of the table of documents, and the ids that lie at its first place."""

    values: dict[str, Any]
    ids: list[int]


def bilingual(n_each: int = 6) -> list[Document]:
    """Return documents of two sources, one German under CC0 and one English under MIT."""
    texts = {"de": (GERMAN, "CC0-1.0"), "en": (ENGLISH, "MIT")}
    return [
        Document(f"{name}/{n}.txt", "", licence, name, f"{name} {n}\n{varied(sentence, n)}", "general")
        for name, (sentence, licence) in texts.items()
        for n in range(n_each)
    ]


def varied(sentence: str, n: int) -> str:
    """Return a text of which no two consecutive sentences stand in another one."""
    return "".join(f"{n}-{line}: {sentence}" for line in range(3 + n))


def corpus_of(folder: Path, documents: Sequence[Document], n_parts: int = 2) -> Artifact:
    """Seal a corpus of documents, in the order of their ids."""
    ordered = sorted(documents, key=lambda document: document.id)
    bounds = [len(ordered) * n // n_parts for n in range(n_parts + 1)]
    with staged(folder, "corpus", Recipe(), replace=True) as draft:
        for number, (low, high) in enumerate(pairwise(bounds)):
            write_table(draft.path / f"documents-{number:05d}.parquet", to_table(ordered[low:high]))
    return open_artifact(folder, "corpus")


def recipe(corpus: Artifact, **settings: Any) -> DatasetRecipe:
    """Return a recipe for a dataset of characters."""
    values = {"corpus": str(corpus.path), "tokenizer": "character", "val_fraction": 0.2, **settings}
    return validate(values, DatasetRecipe, "test")


def dataset_of(folder: Path, documents: Sequence[Document], **settings: Any) -> Artifact:
    """Build a dataset of documents beside their corpus."""
    corpus = corpus_of(folder / "corpus", documents)
    return build(recipe(corpus, **settings), folder / "dataset", execution=ALONE)


def ids_of(dataset: Artifact, shard: str) -> list[int]:
    """Return all ids of a shard."""
    dtype = np.dtype(dataset.manifest.counts["dtype"]).newbyteorder("<")
    return np.fromfile(dataset.path / f"{shard}.bin", dtype).tolist()


def ids_on_disk(dataset: Artifact, split: str) -> list[int]:
    """Return all ids of a split."""
    names = sorted(path.stem for path in dataset.path.glob(f"{split}-*.bin"))
    return [token for name in names for token in ids_of(dataset, name)]


def rows(dataset: Artifact) -> Iterator[Row]:
    """Yield every document of a dataset with its ids."""
    lineage = Lineage.open(dataset.path)
    for values in lineage.documents.to_pylist():
        span = next(iter(lineage.spans(values)))
        yield Row(values, ids_of(dataset, span.shard)[span.start : span.start + span.n_tokens])
