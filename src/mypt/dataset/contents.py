"""What a dataset's manifest says it holds, counted from its own table of documents."""

from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

from mypt.dataset.licence_policy import LicencePolicy, left_out
from mypt.dataset.lineage import DOCUMENTS_NAME
from mypt.dataset.root import dataset_root
from mypt.dataset.token_shards import dtype_name
from mypt.documents.parts import part_paths, read_table
from mypt.provenance.artifact import Artifact, Draft
from mypt.tokenizer.tokenizer import Tokenizer


def count_contents(draft: Draft, tokenizer: Tokenizer) -> None:
    """Put into the manifest what the training step and the reader need to know, and the root."""
    rows = read_table(draft.path / DOCUMENTS_NAME)
    draft.counts |= {
        "dtype": dtype_name(tokenizer.base_vocab_size),
        "base_vocab_size": tokenizer.base_vocab_size,
        "documents": dict(sorted(Counter(rows["split"].to_pylist()).items())),
        "tokens": _tokens(rows),
        "root": dataset_root(draft.path),
    }
    draft.licences |= Counter(rows["licence"].to_pylist())


def count_denied(draft: Draft, policy: LicencePolicy, corpus: Artifact) -> None:
    """Put into the manifest what of the corpus was left out for its licence."""
    columns = ["licence", "n_bytes"]
    rows = pa.concat_tables([read_table(path, columns) for path in part_paths(corpus.path)])
    licences = rows["licence"].to_numpy()
    draft.counts["denied_licences"] = left_out(policy, licences, rows["n_bytes"].to_numpy())


def _tokens(rows: pa.Table) -> dict[str, int]:
    """Return tokens by split, and by split and language, category, source; repeated ones count again."""
    counts: dict[str, int] = {}
    taken = rows.append_column("taken", pc.multiply(rows["n_tokens"], rows["times"]))
    for column in ("language", "category", "source", "licence"):
        sums = taken.group_by(["split", column]).aggregate([("taken", "sum")]).to_pylist()
        counts |= {f"{row['split']}.{column}.{row[column]}": row["taken_sum"] for row in sums}
    sums = taken.group_by("split").aggregate([("taken", "sum")]).to_pylist()
    counts |= {row["split"]: row["taken_sum"] for row in sums}
    return dict(sorted(counts.items()))
