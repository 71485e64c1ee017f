"""Where every document goes: a plan made for the table of documents, or one that was made before."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64

from mypt.dataset.document_table import DocumentTable
from mypt.dataset.mix import copies, plan_draws
from mypt.dataset.plan import DatasetPlan, ShardGroup
from mypt.dataset.recipe import DatasetRecipe
from mypt.dataset.shards import Placement, place
from mypt.dataset.split import held_out, plan_hold_outs
from mypt.tokenizer.tokenizer import Tokenizer


@dataclass(frozen=True)
class Placed:
    """A plan, carried out."""

    plan: DatasetPlan
    is_held_out: Bool[np.ndarray, " n"]
    times: Int64[np.ndarray, " n"]
    """How often each document comes in all; 0 for one that is left out."""
    placements: tuple[Placement, ...]


def carry_out(
    table: DocumentTable, recipe: DatasetRecipe, may_train: Bool[np.ndarray, " n"], tokenizer: Tokenizer
) -> Placed:
    """Return where every document goes, by the plan of the recipe or by a new one for this table."""
    plan = recipe.plan
    rules = plan.hold_outs if plan else plan_hold_outs(table, recipe.val_fraction, recipe.seed)
    is_held_out = held_out(table, rules, recipe.seed)
    is_trained = may_train & ~is_held_out
    draws = plan.draws if plan else plan_draws(table.select(is_trained), recipe.mixture, recipe.seed)
    times = np.where(is_held_out, 1, np.where(is_trained, copies(table, draws, recipe.seed), 0))
    members = _members(table, is_held_out, is_trained)
    groups = (
        plan.groups
        if plan
        else tuple(
            _group(name, int((table.n_tokens * times)[own].sum()), recipe.shard_tokens)
            for name, own in members.items()
        )
    )
    placements = [
        placement
        for group in groups
        if group.name in members
        for placement in place(table, np.where(members[group.name], times, 0), group, recipe.seed)
    ]
    left_out = plan.left_out if plan else tuple(sorted(table.keys[~may_train].tolist()))
    made = DatasetPlan(
        tokenizer=tokenizer.to_json(), hold_outs=rules, draws=draws, groups=groups, left_out=left_out
    )
    return Placed(made, is_held_out, times, tuple(placements))


def _members(
    table: DocumentTable, is_held_out: Bool[np.ndarray, " n"], is_trained: Bool[np.ndarray, " n"]
) -> dict[str, Bool[np.ndarray, " n"]]:
    """Return the documents of each group of shards; each category that is held out is one."""
    categories = table.names("category")
    held = {
        f"val-{name}": is_held_out & (categories == name) for name in sorted(set(categories[is_held_out]))
    }
    return {"train": is_trained, **held}


def _group(name: str, n_tokens: int, shard_tokens: int) -> ShardGroup:
    return ShardGroup(name=name, n_shards=max(1, round(n_tokens / shard_tokens)))
