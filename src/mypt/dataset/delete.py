"""Take documents out of a dataset: the shards that hold them are written anew, no other one."""

from collections.abc import Collection
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


def documents_without(dataset: Artifact, texts: Collection[bytes]) -> pa.Table:
    """Return the rows of the documents that stay; InputError when there would be nothing to train on."""
    documents = Lineage.open(dataset.path).documents
    gone = np.isin(text_keys(documents["sha256"].to_pylist()), text_keys(sorted(texts)))
    rows = documents.filter(pa.array(~gone))
    if "train" not in rows["split"].unique().to_pylist():
        raise InputError(f"{dataset.path}: nothing to train on would be left")
    return rows


def delete_documents(
    dataset: Artifact, corpus: Artifact, texts: Collection[bytes], out: Path, *, replace: bool = False
) -> Artifact:
    """Return the dataset without the documents of these texts, given by sha256.

    `corpus` is the one without them, so that the new dataset is the very one that would
    be built from it by the old plan. Raises InputError when nothing would be left to train on.
    """
    rows = documents_without(dataset, texts)
    plan = DatasetPlan.model_validate(read_json(dataset.path / PLAN_NAME))
    tokenizer = load_tokenizer(dataset.path)
    recipe = _recipe_after(dataset, corpus, plan)
    keys = text_keys(sorted(texts))
    with staged(out, "dataset", recipe, [corpus], dataset.manifest.sources, replace=replace) as draft:
        for shard in Lineage.open(dataset.path).shards:
            _copy_without(dataset, shard, keys, draft.path)
        write_table(draft.path / DOCUMENTS_NAME, rows)
        write_json(draft.path / PLAN_NAME, plan.model_dump(mode="json"))
        save_tokenizer(draft.path, tokenizer)
        count_contents(draft, tokenizer)
        count_denied(draft, recipe.licences, corpus)
        draft.environment |= dataset.manifest.environment
    return open_artifact(out, "dataset")


def _recipe_after(dataset: Artifact, corpus: Artifact, plan: DatasetPlan) -> DatasetRecipe:
    values = {**dataset.manifest.recipe, "corpus": corpus.path.as_posix(), "plan": plan}
    return DatasetRecipe.model_validate(values)


def _copy_without(dataset: Artifact, shard: str, texts: Keys, folder: Path) -> None:
    """Write a shard without some documents; share it when it held none, leave it out when only those."""
    source = dataset.path / f"{shard}.bin"
    index = ShardIndex.read(source.with_suffix(INDEX_SUFFIX))
    keeps = ~np.isin(index.texts, texts)
    if keeps.all():
        for path in (source, source.with_suffix(INDEX_SUFFIX)):
            share_file(path, folder / path.name)
        return
    if not keeps.any():
        return
    ids = np.memmap(source, np.dtype(DTYPES[dataset.manifest.counts["dtype"]]).newbyteorder("<"), mode="r")
    ends = np.append(index.starts[1:], len(ids))
    lengths = (ends - index.starts)[keeps]
    with (folder / source.name).open("wb") as file:
        for start, end in zip(index.starts[keeps].tolist(), ends[keeps].tolist(), strict=True):
            file.write(ids[start:end].data)
    kept = ShardIndex(index.texts[keeps], np.cumsum(lengths) - lengths, index.epochs[keeps])
    kept.write(folder / f"{shard}{INDEX_SUFFIX}")
