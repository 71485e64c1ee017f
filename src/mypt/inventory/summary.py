"""What a corpus or a dataset holds, as tables of plain values."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from mypt.corpus.prepare import DOCUMENTS_NAME, DROPPED_NAME, MASKED_NAME
from mypt.corpus.tables import CLUSTERS, DROPPED
from mypt.dataset.plan import PLAN_NAME, DatasetPlan
from mypt.documents.parts import part_paths, read_batches, read_table
from mypt.files import read_json
from mypt.provenance.artifact import Artifact

_MOST_ROWS = 20
_EXAMPLES = 3
_SHOWN = 300


@dataclass(frozen=True)
class Table:
    """One table; the last column of numbers is what its bars show."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]
    note: str = ""

    @property
    def bars(self) -> tuple[float, ...]:
        """Return the share of each row's last number of the largest one; none where it is no number."""
        last = [row[-1] for row in self.rows]
        numbers = [value for value in last if isinstance(value, int)]
        largest = max(numbers, default=0)
        return tuple(value / largest for value in numbers) if largest and len(numbers) == len(last) else ()


@dataclass(frozen=True)
class Example:
    """A text that shows what was decided."""

    title: str
    detail: str
    text: str


@dataclass(frozen=True)
class Summary:
    """A folder, in tables and examples."""

    title: str
    facts: Mapping[str, str]
    tables: tuple[Table, ...]
    examples: tuple[Example, ...]


def summarise_corpus(corpus: Artifact) -> Summary:
    """Return what a corpus holds, what was dropped and why, its largest clusters and some documents."""
    counts = corpus.manifest.counts
    facts = {
        "folder": corpus.path.as_posix(), "digest": corpus.digest, "documents": f"{counts['documents']:,}",
        "bytes of text": f"{counts['bytes']:,}", "clusters of copies": f"{counts['clusters']:,}",
    }  # fmt: skip
    groups = [
        _grouped(f"Documents by {name}", counts[f"by_{name}"])
        for name in ("source", "category", "language", "licence", "format")
    ]
    tables = (
        *groups,
        _counted("Left out, by reason", ("reason", "files"), counts["dropped"]),
        _counted("Masked, by kind", ("kind", "places"), counts["masked"]),
        _counted("Passed over unread", ("reason", "files"), counts["ignored"]),
        _clusters(corpus.path),
    )
    return Summary("Corpus", facts, tables, (*_dropped(_rows(corpus.path / DROPPED)), *_samples(corpus.path)))


def summarise_preview(prepared: Sequence[Path]) -> Summary:
    """Return what would be dropped and masked, before any corpus is made."""
    reasons: Counter[str] = Counter()
    masked: Counter[str] = Counter()
    n_documents = 0
    for folder in prepared:
        reasons.update(read_table(folder / DROPPED_NAME, ["reason"])["reason"].to_pylist())
        masked.update(read_json(folder / MASKED_NAME))
        n_documents += len(read_table(folder / DOCUMENTS_NAME, ["n_bytes"]))
    facts = {"would stay, copies included": f"{n_documents:,}", "would go": f"{reasons.total():,}"}
    tables = (
        _counted("Would be left out, by reason", ("reason", "files"), reasons),
        _counted("Would be masked, by kind", ("kind", "places"), masked),
    )
    rows = (row for folder in prepared for row in _rows(folder / DROPPED_NAME))
    return Summary("Preview", facts, tables, tuple(_dropped(rows)))


def summarise_dataset(dataset: Artifact) -> Summary:
    """Return what a dataset holds, the ledger of its mixture, its shards and its certificate."""
    counts = dataset.manifest.counts
    facts = {
        "folder": dataset.path.as_posix(), "digest": dataset.digest, "root": counts["root"],
        "tokens to learn": f"{counts['tokens'].get('train', 0):,}",
        "tokens held out": f"{counts['tokens'].get('val', 0):,}", "ids": counts["dtype"],
    }  # fmt: skip
    tables = [_tokens(f"Tokens by {name}", counts["tokens"], name) for name in _BY]
    plan = DatasetPlan.model_validate(read_json(dataset.path / PLAN_NAME))
    ledger = Table(
        "Ledger of the mixture",
        ("source", "weight", "available", "epochs", "taken"),
        tuple(
            (draw.source, f"{draw.weight:g}", f"{draw.available:,}", f"{draw.epochs:.3f}", draw.taken)
            for draw in plan.draws
        ),
    )
    item = 2 if counts["dtype"] == "uint16" else 4
    shards = {path.name: path.stat().st_size // item for path in sorted(dataset.path.glob("*.bin"))}
    certificate = {name: str(value) for name, value in counts.get("decontamination", {}).items()}
    tables += [
        ledger,
        _counted("Shards", ("file", "tokens"), shards, most=200),
        Table("Certificate of decontamination", ("what", "value"), tuple(certificate.items())),
    ]
    return Summary("Dataset", facts, tuple(tables), ())


_BY = ("source", "category", "language", "licence")


def _grouped(title: str, groups: Mapping[str, Mapping[str, int]]) -> Table:
    rows = sorted(groups.items(), key=lambda item: (-item[1]["bytes"], item[0]))
    return Table(
        title, ("name", "documents", "bytes"),
        tuple((n, c["documents"], c["bytes"]) for n, c in rows[:_MOST_ROWS]), _rest(len(rows)),
    )  # fmt: skip


def _counted(
    title: str, columns: tuple[str, str], counts: Mapping[str, int], most: int = _MOST_ROWS
) -> Table:
    rows = list(counts.items())
    if most == _MOST_ROWS:
        rows.sort(key=lambda item: (-item[1], item[0]))
    return Table(title, columns, tuple(rows[:most]), _rest(len(rows), most))


def _tokens(title: str, tokens: Mapping[str, int], name: str) -> Table:
    groups: dict[str, dict[str, int]] = {}
    for key, count in tokens.items():
        split, _, rest = key.partition(".")
        column, _, value = rest.partition(".")
        if column == name:
            groups.setdefault(value, {})[split] = count
    rows = sorted(groups.items(), key=lambda item: (-item[1].get("train", 0), item[0]))
    return Table(
        title, (name, "held out", "to learn"),
        tuple((n, c.get("val", 0), c.get("train", 0)) for n, c in rows[:_MOST_ROWS]), _rest(len(rows)),
    )  # fmt: skip


def _rest(n_rows: int, most: int = _MOST_ROWS) -> str:
    return f"and {n_rows - most} more" if n_rows > most else ""


def _clusters(folder: Path) -> Table:
    counts = pc.value_counts(
        read_table(folder / CLUSTERS, ["cluster"])["cluster"].combine_chunks()
    ).to_pylist()
    rows = sorted((-row["counts"], row["values"]) for row in counts)[:_MOST_ROWS]
    return Table(
        "Largest clusters of copies", ("kept document", "documents"), tuple((name, -n) for n, name in rows)
    )


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    return (row for batch in read_batches(path) for row in batch.to_pylist())


def _dropped(rows: Iterable[Mapping[str, Any]]) -> Iterator[Example]:
    """Yield a few of what was dropped for each reason, in their order."""
    seen: Counter[str] = Counter()
    for row in rows:
        seen[row["reason"]] += 1
        if seen[row["reason"]] <= _EXAMPLES:
            detail = f"{row['id']}: {row['detail'] or ''}"
            yield Example(f"left out: {row['reason']}", detail, row["beginning"] or "")


def _samples(folder: Path) -> Iterator[Example]:
    """Yield the beginning of a document from each of some parts."""
    paths = part_paths(folder)
    for path in _spread(paths, 12):
        for batch in read_batches(path, ["id", "language", "format", "text"]):
            row = batch.slice(len(batch) // 2, 1).to_pylist()[0]
            yield Example("sample", f"{row['id']} ({row['language']}, {row['format']})", row["text"][:_SHOWN])
            break


def _spread(paths: Sequence[Path], count: int) -> list[Path]:
    return [paths[n * len(paths) // count] for n in range(count)] if len(paths) > count else list(paths)


def as_json(summary: Summary) -> dict[str, Any]:
    """Return a summary as plain values."""
    tables = {
        table.title: [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        for table in summary.tables
    }
    return {"title": summary.title, "facts": dict(summary.facts), "tables": tables}
