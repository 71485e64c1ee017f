"""How often each document of each source comes into the training split, by weights in tokens."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Int64

from mypt.dataset.document_table import DocumentTable
from mypt.dataset.keys import keyed
from mypt.dataset.plan import SourceDraw
from mypt.dataset.recipe import MixtureRecipe
from mypt.errors import InputError


def plan_draws(table: DocumentTable, mixture: MixtureRecipe | None, seed: int) -> tuple[SourceDraw, ...]:
    """Return how much of each source is taken; without a mixture, everything once.

    Raises InputError when the mixture and the corpus do not name the same sources, or
    when a source has too little: a mixture never becomes another one in silence.
    """
    sources = table.names("source")
    names = sorted(set(sources))
    available = {name: int(table.n_tokens[sources == name].sum()) for name in names}
    if mixture is None:
        return tuple(
            SourceDraw(source=name, weight=count, available=count, taken=count, whole_epochs=1, largest_key=0)
            for name, count in available.items()
        )
    wanted = _wanted_tokens(mixture, available)
    return tuple(
        _draw(name, mixture.weights[name], wanted[name], table.select(sources == name), seed)
        for name in names
    )


def copies(table: DocumentTable, draws: tuple[SourceDraw, ...], seed: int) -> Int64[np.ndarray, " n"]:
    """Return how often each document comes."""
    keys = keyed(table.keys, seed, "epoch")
    sources = table.names("source")
    times = np.zeros(len(table), dtype=np.int64)
    for draw in draws:
        own = sources == draw.source
        times[own] = draw.whole_epochs + (keys[own] < np.uint64(draw.largest_key))
    return times


def _wanted_tokens(mixture: MixtureRecipe, available: Mapping[str, int]) -> dict[str, float]:
    _require_same_names(mixture, available)
    whole = sum(mixture.weights.values())
    shares = {name: weight / whole for name, weight in mixture.weights.items()}
    most = {name: available[name] * mixture.most_epochs(name) for name in shares}
    reachable = min(most[name] / share for name, share in shares.items() if share)
    total = mixture.total_tokens or reachable
    for name, share in sorted(shares.items()):
        if share * total > most[name] * (1 + 1e-9):
            raise InputError(
                f"source {name!r}: the mixture needs {share * total:,.0f} tokens of it; it has "
                f"{available[name]:,}, and at most {mixture.most_epochs(name):g} epochs are allowed",
                hint=f"add documents, lower its weight, allow more epochs, or total_tokens={int(reachable)}",
            )
    return {name: share * total for name, share in shares.items()}


def _require_same_names(mixture: MixtureRecipe, available: Mapping[str, int]) -> None:
    missing = sorted(mixture.weights.keys() - available.keys())
    unnamed = sorted(available.keys() - mixture.weights.keys())
    if missing:
        raise InputError(
            f"mixture: source {missing[0]!r} has no document to train on; "
            f"there are: {', '.join(sorted(available))}",
            hint="see why with `mypt corpus report`, or take it out of the mixture",
        )
    if unnamed:
        raise InputError(
            f"mixture: source {unnamed[0]!r} of the corpus has no weight", hint="give it one; 0 leaves it out"
        )


def _draw(name: str, weight: float, wanted: float, table: DocumentTable, seed: int) -> SourceDraw:
    """Take whole epochs, then documents in the order of their draw until the tokens are reached."""
    available = int(table.n_tokens.sum())
    whole, rest = divmod(wanted, available) if available else (0, 0)
    keys = keyed(table.keys, seed, "epoch")
    order = np.argsort(keys)
    sums = np.cumsum(table.n_tokens[order])
    n_more = int(np.searchsorted(sums, rest + 0.5, side="right"))
    if n_more == len(order):
        whole, n_more = whole + 1, 0
    more = int(sums[n_more - 1]) if n_more else 0
    largest_key = int(keys[order[n_more]]) if n_more else 0
    return SourceDraw(
        source=name,
        weight=weight,
        available=available,
        taken=int(whole) * available + more,
        whole_epochs=int(whole),
        largest_key=largest_key,
    )
