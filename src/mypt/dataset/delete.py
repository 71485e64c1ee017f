"""Take documents out of a dataset: the shards that hold them are written anew, no other one."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from mypt.dataset.contents import count_contents, count_denied
from mypt.dataset.keys import Keys, text_keys
from mypt.dataset.lineage import DOCUMENTS_NAME, Lineage
from mypt.dataset.plan import PLAN_NAME, DatasetPlan
from mypt.dataset.recipe import DatasetRecipe
from mypt.dataset.shard_index import INDEX_SUFFIX, ShardIndex
from mypt.dataset.token_shards import DTYPES
from mypt.documents.parts import write_table
from mypt.errors import InputError
from mypt.files import read_json, share_file, write_json
from mypt.provenance.artifact import Artifact, open_artifact, staged
from mypt.tokenizer.registry import load_tokenizer, save_tokenizer


@dataclass(frozen=True)
class Deletion:
    """What a deletion did to a dataset."""

    before: str
    """Root of the dataset as it was."""
    after: Artifact
    rewritten: tuple[str, ...]
    """Shards that held a deleted document."""
    n_shards: int
    n_tokens: int
    """Tokens that are gone, repeated ones counted again."""


def delete_documents(
    dataset: Artifact, corpus: Artifact, texts: Collection[bytes], out: Path, *, replace: bool = False
) -> Deletion:
    """Return the dataset without the documents of these texts, given by sha256.

    `corpus` is the one without them, so that the new dataset is the very one that would
    be built from it by the old plan. Raises InputError when nothing would be left to train on.
    """
    lineage = Lineage.open(dataset.path)
    gone = np.isin(text_keys(lineage.documents["sha256"].to_pylist()), text_keys(sorted(texts)))
    rows = lineage.documents.filter(pa.array(~gone))
    if "train" not in rows["split"].unique().to_pylist():
        raise InputError(f"{dataset.path}: nothing to train on would be left")
    plan = DatasetPlan.model_validate(read_json(dataset.path / PLAN_NAME))
    tokenizer = load_tokenizer(dataset.path)
    recipe = _recipe_after(dataset, corpus, plan)
    with staged(out, "dataset", recipe, [corpus], dataset.manifest.sources, replace=replace) as draft:
        keys = text_keys(sorted(texts))
        rewritten = [name for name in lineage.shards if _copy_without(dataset, name, keys, draft.path)]
        write_table(draft.path / DOCUMENTS_NAME, rows)
        write_json(draft.path / PLAN_NAME, plan.model_dump(mode="json"))
        save_tokenizer(draft.path, tokenizer)
        count_contents(draft, tokenizer)
        count_denied(draft, recipe.licences, corpus)
        draft.environment |= dataset.manifest.environment
    after = open_artifact(out, "dataset")
    n_tokens = _n_tokens(dataset) - _n_tokens(after)
    return Deletion(dataset.manifest.counts["root"], after, tuple(rewritten), len(lineage.shards), n_tokens)


def _recipe_after(dataset: Artifact, corpus: Artifact, plan: DatasetPlan) -> DatasetRecipe:
    values = {**dataset.manifest.recipe, "corpus": corpus.path.as_posix(), "plan": plan}
    return DatasetRecipe.model_validate(values)


def _copy_without(dataset: Artifact, shard: str, texts: Keys, folder: Path) -> bool:
    """Write a shard without some documents, and say whether it held any of them."""
    source = dataset.path / f"{shard}.bin"
    index = ShardIndex.read(source.with_suffix(INDEX_SUFFIX))
    keeps = ~np.isin(index.texts, texts)
    if keeps.all():
        for path in (source, source.with_suffix(INDEX_SUFFIX)):
            share_file(path, folder / path.name)
        return False
    if not keeps.any():
        return True
    ids = np.memmap(source, np.dtype(DTYPES[dataset.manifest.counts["dtype"]]).newbyteorder("<"), mode="r")
    ends = np.append(index.starts[1:], len(ids))
    lengths = (ends - index.starts)[keeps]
    with (folder / source.name).open("wb") as file:
        for start, end in zip(index.starts[keeps].tolist(), ends[keeps].tolist(), strict=True):
            file.write(ids[start:end].data)
    kept = ShardIndex(index.texts[keeps], np.cumsum(lengths) - lengths, index.epochs[keeps])
    kept.write(folder / f"{shard}{INDEX_SUFFIX}")
    return True


def _n_tokens(dataset: Artifact) -> int:
    tokens = dataset.manifest.counts["tokens"]
    return sum(tokens.get(split, 0) for split in ("train", "val"))
