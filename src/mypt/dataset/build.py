"""A corpus becomes a dataset: split, encode, write shards and the index of documents."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mypt.dataset.recipe import DatasetRecipe
from mypt.dataset.split import Entry, SplitName, shuffled, split_documents
from mypt.dataset.token_shards import ShardWriter, dtype_name
from mypt.documents.document import Document, read_documents
from mypt.errors import InputError
from mypt.files import sha256_bytes, write_jsonl
from mypt.provenance.artifact import Artifact, Draft, find, open_artifact, staged
from mypt.tokenizer.registry import save_tokenizer, tokenizer_kind
from mypt.tokenizer.tokenizer import Tokenizer

INDEX_NAME = "documents.jsonl"

Progress = Callable[[int, int], None]
"""Called with (documents done, documents in all)."""


@dataclass(frozen=True)
class _Plan:
    """Every document in storage order, and its split."""

    documents: dict[str, Document]
    order: list[str]
    splits: dict[str, SplitName]


def build(
    recipe: DatasetRecipe, out: Path, *, replace: bool = False, progress: Progress | None = None
) -> Artifact:
    """Return the dataset of a recipe, built or found as it was built before.

    Raises ManifestMismatch when the corpus is not what its manifest says, and
    InputError when it cannot be split.
    """
    corpus = open_artifact(Path(recipe.corpus), "corpus")
    found = find(out, "dataset", recipe, [corpus], replace=replace)
    if found is not None:
        return found
    plan = _plan(corpus, recipe)
    tokenizer = _make_tokenizer(recipe, plan)
    with staged(out, "dataset", recipe, [corpus], replace=replace) as draft:
        rows = list(_write_shards(draft.path, plan, tokenizer, recipe, progress))
        write_jsonl(draft.path / INDEX_NAME, rows)
        save_tokenizer(draft.path, tokenizer)
        _count(draft, rows, tokenizer)
    return open_artifact(out, "dataset")


def _plan(corpus: Artifact, recipe: DatasetRecipe) -> _Plan:
    documents = {document.id: document for document in read_documents(corpus.path / INDEX_NAME)}
    entries = [Entry(item.id, item.language, len(item.text.encode())) for item in documents.values()]
    if not entries:
        raise InputError(f"{corpus.path}: the corpus holds no documents")
    order = [entry.id for entry in shuffled(entries, recipe.seed)]
    return _Plan(documents, order, split_documents(entries, recipe.val_fraction, recipe.seed))


def _make_tokenizer(recipe: DatasetRecipe, plan: _Plan) -> Tokenizer:
    """Held-out text never shapes the alphabet; its unknown characters fall back to bytes."""
    texts = (plan.documents[id_].text for id_ in plan.order if plan.splits[id_] == "train")
    return tokenizer_kind(recipe.tokenizer).from_texts(texts)


def _write_shards(
    folder: Path, plan: _Plan, tokenizer: Tokenizer, recipe: DatasetRecipe, progress: Progress | None
) -> Iterator[dict[str, Any]]:
    """Write every document, closed by end-of-text, and yield its row of the index."""
    dtype = dtype_name(tokenizer.base_vocab_size)
    splits: tuple[SplitName, SplitName] = ("train", "val")
    writers = {split: ShardWriter(folder, split, dtype, recipe.shard_tokens) for split in splits}
    for done, id_ in enumerate(plan.order, start=1):
        document, split = plan.documents[id_], plan.splits[id_]
        ids = [*tokenizer.encode(document.text), tokenizer.end_of_text]
        shard, start = writers[split].append(ids)
        yield {
            "id": id_,
            "split": split,
            "shard": shard,
            "start": start,
            "n_tokens": len(ids),
            "n_bytes": len(document.text.encode()),
            "language": document.language,
            "licence": document.licence,
            "sha256": sha256_bytes(document.text.encode()),
        }
        if progress is not None:
            progress(done, len(plan.order))


def _count(draft: Draft, rows: list[dict[str, Any]], tokenizer: Tokenizer) -> None:
    """Put into the manifest what the training step and the reader need to know."""
    tokens: Counter[str] = Counter()
    documents: Counter[str] = Counter()
    for row in rows:
        documents[row["split"]] += 1
        tokens[row["split"]] += row["n_tokens"]
        tokens[f"{row['split']}.{row['language']}"] += row["n_tokens"]
    draft.counts |= {
        "dtype": dtype_name(tokenizer.base_vocab_size),
        "base_vocab_size": tokenizer.base_vocab_size,
        "documents": dict(sorted(documents.items())),
        "tokens": dict(sorted(tokens.items())),
    }
    draft.licences.update(Counter(row["licence"] for row in rows))
