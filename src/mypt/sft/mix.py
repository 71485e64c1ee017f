"""The mix step: inputs by shares of supervised tokens become one artifact, every row accounted for."""

import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mypt.dataset.build import environment
from mypt.dataset.keys import keyed
from mypt.documents.parts import write_table
from mypt.errors import InputError
from mypt.evaluation.leaks import LeakIndex
from mypt.execution.runner import Progress
from mypt.files import storage_errors, write_json
from mypt.provenance.artifact import Artifact, Draft, find, open_artifact, staged
from mypt.sft.episode_files import REPORT_NAME, SPLITS, RowCounts, split_path
from mypt.sft.generate import licences_of, rule_digests
from mypt.sft.generator import Split
from mypt.sft.mix_pool import Check, Drawn, Pool, draw, pretraining_pool, read_pool
from mypt.sft.mix_recipe import (
    PRETRAINING,
    EarlierPhase,
    MixInput,
    MixRecipe,
    Plan,
    plan_total,
    replay_name,
    wanted_tokens,
)
from mypt.sft.replay import replay_pieces, require_same_tokenizer
from mypt.tokenizer.tokenizer import Tokenizer

log = logging.getLogger(__name__)

LINEAGE_NAME = "lineage.parquet"
LINEAGE_SCHEMA = pa.schema(
    [
        ("split", pa.string()),
        ("row", pa.int64()),
        ("input", pa.string()),
        ("time", pa.int64()),
        ("input_split", pa.string()),
        ("input_row", pa.int64()),
        ("shard", pa.string()),
        ("start", pa.int64()),
        ("document", pa.string()),
    ]
)
"""One row is one row of the mix, by split and line from 1: which input gave it, for which time, and where it
stands there; for pretraining text the shard, the place of its first token, and the document."""

Numbers: TypeAlias = NDArray[np.int64]
_WHY_EMPTY = "of the replay of a phase, only episodes of that phase count; pretraining text never does"


@dataclass(frozen=True)
class _Origin:
    """An input as it lies on disk."""

    name: str
    artifact: Artifact
    repeat: int
    only: int | None
    """The phase whose rows are looked at; all, where it is not given."""


@dataclass(frozen=True)
class _Mixed:
    """What was drawn for a split."""

    plan: Plan
    shares: Mapping[str, float]
    drawn: tuple[Drawn, ...]


def mix(
    recipe: MixRecipe,
    tokenizer: Tokenizer,
    out: Path,
    *,
    leaks: LeakIndex | None = None,
    replace: bool = False,
    progress: Progress | None = None,
) -> Artifact:
    """Return the mix of a recipe, made or found as it was made before.

    Each row comes as it stands in its input, at most as often as the recipe says. Raises InputError
    for an input that is too small for its share, a row that cannot be learned from or holds an
    evaluation case, and a row that two inputs give.
    """
    origins = _open_inputs(recipe)
    dataset = open_artifact(Path(recipe.pretraining.dataset), "dataset") if recipe.pretraining else None
    inputs = [*(origin.artifact for origin in origins), *([dataset] if dataset else [])]
    sources = rule_digests(tokenizer, leaks)
    found = find(out, "episodes", recipe, inputs, sources, replace=replace)
    if found is not None:
        return found
    check = Check(tokenizer, leaks, recipe.phase)
    with staged(out, "episodes", recipe, inputs, sources, replace=replace) as draft:
        pools = {split: _read_pools(origins, split, check, progress) for split in SPLITS}
        train = _mix_train(recipe, pools["train"], dataset, check)
        mixed: dict[Split, _Mixed] = {"train": train, "val": _mix_val(recipe, pools["val"])}
        tables = [_write_split(draft, split, one, recipe.seed) for split, one in mixed.items()]
        write_table(draft.path / LINEAGE_NAME, pa.concat_tables(tables))
        write_json(draft.path / REPORT_NAME, {split: _report(one) for split, one in mixed.items()})
        _count(draft, mixed, origins)
    return open_artifact(out, "episodes")


def _open_inputs(recipe: MixRecipe) -> list[_Origin]:
    named: list[tuple[str, MixInput | EarlierPhase, int | None]] = [
        *((name, one, None) for name, one in recipe.inputs.items()),
        *((replay_name(number), one, number) for number, one in sorted(recipe.earlier.items())),
    ]
    return [
        _Origin(name, open_artifact(Path(one.artifact), "episodes"), one.repeat, only)
        for name, one, only in named
    ]


def _read_pools(
    origins: Sequence[_Origin], split: Split, check: Check, progress: Progress | None
) -> dict[str, Pool]:
    pools: dict[str, Pool] = {}
    for origin in origins:
        pool = read_pool(origin.name, origin.artifact, split, origin.only, check)
        pools[origin.name] = replace_fields(pool, repeat=origin.repeat if split == "train" else 1)
        if progress is not None:
            progress(len(pools) + len(origins) * SPLITS.index(split), len(origins) * len(SPLITS))
    return pools


def _mix_train(recipe: MixRecipe, pools: dict[str, Pool], dataset: Artifact | None, check: Check) -> _Mixed:
    for name, pool in pools.items():
        if not len(pool):
            raise InputError(f"input {name!r}: has no episode to draw", hint=_WHY_EMPTY)
    _refuse_shared_rows(pools)
    shares = recipe.shares()
    wanted = wanted_tokens(recipe, {name: pool.available for name, pool in pools.items()})
    if recipe.pretraining is not None and dataset is not None:
        require_same_tokenizer(dataset, check.tokenizer)
        pieces = replay_pieces(dataset, recipe.pretraining.max_tokens, recipe.seed)
        pools[PRETRAINING] = pretraining_pool(PRETRAINING, pieces, shares[PRETRAINING] * wanted, check)
    plan = plan_total(recipe, wanted, {name: pool.available for name, pool in pools.items()})
    drawn = tuple(draw(pool, shares[name] * plan.total, recipe.seed, "train") for name, pool in pools.items())
    return _Mixed(plan, shares, drawn)


def _mix_val(recipe: MixRecipe, pools: dict[str, Pool]) -> _Mixed:
    """Draw what all shares allow of what inputs hold out; pretraining text has hold-outs of its own."""
    held = {name: pool for name, pool in pools.items() if len(pool)}
    whole = sum(recipe.shares()[name] for name in held)
    shares = {name: recipe.shares()[name] / whole for name in held}
    total = min((pool.available / shares[name] for name, pool in held.items()), default=0.0)
    drawn = tuple(draw(pool, shares[name] * total, recipe.seed, "val") for name, pool in held.items())
    return _Mixed(Plan(total, total, ()), shares, drawn)


def _refuse_shared_rows(pools: Mapping[str, Pool]) -> None:
    """A row that came from two inputs would be repeated without anybody asking for it."""
    first: dict[int, str] = {}
    for name, pool in pools.items():
        for key, number in zip(pool.keys.tolist(), pool.numbers.tolist(), strict=True):
            if first.setdefault(key, name) != name:
                raise InputError(
                    f"inputs {first[key]!r} and {name!r} hold the same row, line {number} of the second",
                    hint="name each set of episodes once, and set its repeat where rows are to come again",
                )


def _write_split(draft: Draft, split: Split, mixed: _Mixed, seed: int) -> pa.Table:
    """Write the rows in their order, and return where each comes from."""
    numbers, places = _order(mixed.drawn, seed, split)
    counts = RowCounts()
    path = split_path(draft.path, split)
    with storage_errors(path), path.open("wb") as file:
        for number, place in zip(numbers.tolist(), places.tolist(), strict=True):
            drawn = mixed.drawn[number]
            line = drawn.pool.line(int(drawn.rows[place]))
            file.write(line)
            counts.add(json.loads(line))
    draft.counts[split] = counts.to_json()
    origins = [
        _lineage_row(mixed.drawn[n], p, split) for n, p in zip(numbers.tolist(), places.tolist(), strict=True)
    ]
    rows = [{"split": split, "row": row, **origin} for row, origin in enumerate(origins, start=1)]
    return pa.Table.from_pylist(rows, schema=LINEAGE_SCHEMA)


def _order(drawn: Sequence[Drawn], seed: int, split: Split) -> tuple[Numbers, Numbers]:
    """Return input and place of each row; its key is its own, so no other input moves it past a third."""
    numbers = np.repeat(np.arange(len(drawn)), [len(one.rows) for one in drawn])
    places = np.concatenate([np.zeros(0, dtype=np.int64), *(np.arange(len(one.rows)) for one in drawn)])
    keys = np.zeros(len(places), dtype=np.uint64)
    for number, one in enumerate(drawn):
        own = np.flatnonzero(numbers == number)
        for time in range(int(one.times.max(initial=0)) + 1):
            here = own[one.times == time]
            row_keys = one.pool.keys[one.rows[places[here]]]
            keys[here] = keyed(row_keys, seed, "order", one.pool.name, split, time)
    order = np.lexsort((places, numbers, keys))
    return numbers[order], places[order]


def _lineage_row(drawn: Drawn, place: int, split: Split) -> dict[str, Any]:
    row = int(drawn.rows[place])
    origin: dict[str, Any] = {"input": drawn.pool.name, "time": int(drawn.times[place]) + 1}
    if not drawn.pool.pieces:
        return origin | {"input_split": split, "input_row": int(drawn.pool.numbers[row])}
    piece = drawn.pool.pieces[row]
    return origin | {
        "input_split": "train",
        "shard": piece.shard,
        "start": piece.start,
        "document": piece.document,
    }


def _report(mixed: _Mixed) -> dict[str, Any]:
    total = max(1, sum(one.n_tokens for one in mixed.drawn))
    inputs = {
        one.pool.name: {
            "share": mixed.shares[one.pool.name],
            "realised": one.n_tokens / total,
            "rows": len(one.rows),
            "supervised_tokens": one.n_tokens,
            "available_rows": len(one.pool),
            "available_tokens": one.pool.available,
            "times": int(one.times.max(initial=0)) + 1,
            "set_aside": one.pool.n_set_aside,
            "identical": one.pool.n_identical,
        }
        for one in mixed.drawn
    }
    plan = mixed.plan
    return {
        "wanted": round(plan.wanted),
        "planned": round(plan.total),
        "short": list(plan.short),
        "inputs": inputs,
    }


def _count(draft: Draft, mixed: Mapping[Split, _Mixed], origins: Sequence[_Origin]) -> None:
    draft.counts["supervised_tokens"] = {
        split: sum(drawn.n_tokens for drawn in one.drawn) for split, one in mixed.items()
    }
    plan = mixed["train"].plan
    draft.counts["short"] = list(plan.short)
    if plan.short:
        log.warning(
            "the mix is %.0f %% of what was planned, for want of %s", 100 * plan.total / plan.wanted,
            ", ".join(plan.short),
        )  # fmt: skip
    pieces = [
        drawn.pool.pieces[row] for drawn in mixed["train"].drawn if drawn.pool.pieces for row in drawn.rows
    ]
    draft.licences |= Counter(licences_of([origin.artifact for origin in origins])) + Counter(
        piece.licence for piece in pieces
    )
    draft.environment |= environment()
