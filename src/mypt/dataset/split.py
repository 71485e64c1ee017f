"""Whole documents to `train` or `val`, by a keyed hash of their text, category by category."""

import numpy as np
from jaxtyping import Bool, Int64

from mypt.dataset.document_table import DocumentTable
from mypt.dataset.keys import Keys, keyed
from mypt.dataset.plan import HoldOutRule
from mypt.errors import InputError


def plan_hold_outs(table: DocumentTable, val_fraction: float, seed: int) -> tuple[HoldOutRule, ...]:
    """Return the rules that hold out a share of the bytes of each category and language.

    A group of one document gives none. Raises InputError when no group has two.
    """
    draws = keyed(table.keys, seed, "hold out")
    rules = []
    for category, language, own in _groups(table):
        if own.sum() > 1:
            largest_key, most_bytes = _limits(draws[own], table.n_bytes[own], val_fraction)
            rules.append(
                HoldOutRule(
                    category=category, language=language, largest_key=largest_key, most_bytes=most_bytes
                )
            )
    if not rules:
        raise InputError(
            "no language of this corpus has two documents, so none can be held out for validation",
            hint="split the text into several files, for example one per chapter",
        )
    return tuple(rules)


def held_out(table: DocumentTable, rules: tuple[HoldOutRule, ...], seed: int) -> Bool[np.ndarray, " n"]:
    """Return which documents the rules hold out."""
    draws = keyed(table.keys, seed, "hold out")
    categories, languages = table.names("category"), table.names("language")
    chosen = np.zeros(len(table), dtype=bool)
    for rule in rules:
        own = (categories == rule.category) & (languages == rule.language)
        chosen |= own & (draws <= np.uint64(rule.largest_key)) & (table.n_bytes <= rule.most_bytes)
    return chosen


def _groups(table: DocumentTable) -> list[tuple[str, str, Bool[np.ndarray, " n"]]]:
    categories, languages = table.names("category"), table.names("language")
    pairs = sorted(set(zip(categories, languages, strict=True)))
    return [
        (category, language, (categories == category) & (languages == language))
        for category, language in pairs
    ]


def _limits(draws: Keys, n_bytes: Int64[np.ndarray, " n"], val_fraction: float) -> tuple[int, int]:
    """Return key and size up to which to hold out: the share of bytes, half as much again at most."""
    wanted = val_fraction * n_bytes.sum()
    most_bytes = max(int(wanted / 2), int(n_bytes.min()))
    order = np.argsort(draws)
    order = order[n_bytes[order] <= most_bytes]
    reached = int(np.searchsorted(np.cumsum(n_bytes[order]), wanted))
    return int(draws[order[min(reached, len(order) - 1)]]), most_bytes
