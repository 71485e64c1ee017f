"""How much of a dataset is under which licence, by documents and tokens, in each split."""

from typing import Any

from mypt.compliance.facts import Facts


def histogram(facts: Facts) -> dict[str, Any]:
    """Return, for each split, its licences from the most tokens to the fewest; and what was left out."""
    return {
        "format": "mypt-licences-1",
        "root": facts.root,
        "policy": facts.policy.model_dump(mode="json"),
        "splits": {split: licence_rows(facts, split) for split in sorted({g.split for g in facts.groups})},
        "left_out": facts.dataset.manifest.counts.get("denied_licences", {}),
    }


def licence_rows(facts: Facts, split: str) -> list[dict[str, Any]]:
    """Return the licences of a split with what the policy says of each."""
    sums: dict[str, list[int]] = {}
    for group in facts.groups:
        if group.split == split:
            before = sums.setdefault(group.licence, [0, 0, 0])
            sums[group.licence] = [
                a + b for a, b in zip(before, (group.documents, group.tokens, group.taken), strict=True)
            ]
    whole = sum(taken for _, _, taken in sums.values())
    ordered = sorted(sums.items(), key=lambda item: (-item[1][2], item[0]))
    return [_row(facts, licence, counts, whole) for licence, counts in ordered]


def _row(facts: Facts, licence: str, counts: list[int], whole: int) -> dict[str, Any]:
    verdict = facts.verdicts[licence]
    return {
        "licence": licence,
        "taken_as": verdict.concluded,
        "allowed": verdict.is_allowed,
        "reason": verdict.reason,
        "asks": list(verdict.asks),
        "documents": counts[0],
        "tokens": counts[1],
        "tokens_with_repeats": counts[2],
        "share_per_million": counts[2] * 1_000_000 // whole if whole else 0,
    }
