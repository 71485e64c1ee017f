"""Who has to be named: every source and licence that asks for it, and every single document of them."""

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from mypt.compliance.facts import Facts
from mypt.compliance.plain import one_line
from mypt.compliance.sources import SourceFacts

_MOST_ORIGINS = 20

_HEAD = """\
ATTRIBUTION

The dataset with the root {root}
holds texts of others under licences that ask for their authors, licence and origin to be named.
Its file attribution.parquet names each document and its address.
"""


def attribution_text(facts: Facts) -> str:
    """Return the file that goes with every copy of the dataset, and with a model made of it."""
    blocks = [_block(facts, *pair, origins) for pair, origins in sorted(_origins(facts).items())]
    return "\n".join([_HEAD.format(root=facts.root), *(blocks or ["No licence in it asks for that.\n"])])


def attribution_rows(facts: Facts) -> pa.Table:
    """Return id, source, licence, origin and digest of every document whose licence asks for attribution."""
    naming = [licence for licence, verdict in facts.verdicts.items() if verdict.needs_attribution]
    wanted = pc.is_in(facts.documents["licence"], value_set=pa.array(naming, pa.string()))
    return facts.documents.filter(wanted).select(["id", "source", "licence", "origin", "sha256"])


def _origins(facts: Facts) -> dict[tuple[str, str], list[str]]:
    """Return the addresses of each source and licence that asks for attribution."""
    grouped = attribution_rows(facts).group_by(["source", "licence"]).aggregate([("origin", "distinct")])
    return {
        (row["source"], row["licence"]): sorted({*row["origin_distinct"]} - {"", None})
        for row in grouped.to_pylist()
    }


def _block(facts: Facts, name: str, licence: str, origins: Sequence[str]) -> str:
    source, verdict = facts.sources[name], facts.verdicts[licence]
    own = [group for group in facts.groups if (group.source, group.licence) == (name, licence)]
    rows = [
        ("title", source.title),
        ("licence", licence),
        ("taken as", verdict.concluded if verdict.concluded != licence else ""),
        ("asks for", ", ".join(verdict.asks)),
        ("revision", source.revision),
        *_addresses(source, origins),
        *(("evidence", f"{item.path} (sha256 {item.sha256})") for item in source.evidence),
        ("documents", f"{sum(group.documents for group in own):,}"),
        ("tokens", f"{sum(group.tokens for group in own):,}"),
    ]
    lines = [f"  {label:<10}{one_line(value)}" for label, value in rows if value]
    return "\n".join([one_line(name), *lines, ""])


def _addresses(source: SourceFacts, origins: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the addresses of the documents where these are few, else that of the source."""
    if 0 < len(origins) <= _MOST_ORIGINS:
        yield from (("origin", address) for address in origins)
        return
    yield "origin", source.origin
    if origins:
        yield "origin", f"{len(origins):,} addresses, listed in attribution.parquet"
