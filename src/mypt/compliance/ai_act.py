"""The public summary of training content, Article 53(1)(d) of Regulation (EU) 2024/1689, as Markdown."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mypt.compliance.answers import Answers, Placement
from mypt.compliance.facts import Facts
from mypt.compliance.histogram import licence_rows
from mypt.compliance.plain import markdown
from mypt.errors import InputError

OPEN = "to be filled in by the organisation"

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True, keep_trailing_newline=True, autoescape=False,  # noqa: S701 (it is Markdown, and `_shown` escapes for that)
)  # fmt: skip
_BANDS = ((10**9, "less than 1 billion tokens"), (10**13, "1 billion to 10 trillion tokens"))
_LARGEST = "more than 10 trillion tokens"


def summary(facts: Facts, answers: Answers) -> str:
    """Return the summary, filled from the tables and the answers; what neither says is marked as open.

    Raises InputError when the answers place a source that the dataset does not have.
    """
    placement = _placement(facts, answers)
    counts = facts.corpus.manifest.counts
    values = {
        "OPEN": OPEN,
        "answers": answers.model_dump(exclude={"placement"}),
        "name": answers.dataset_name or "-",
        "root": facts.root,
        "size": _size(facts),
        "languages": _languages(facts),
        "placed": {
            kind: [_source_row(facts, name) for name in facts.sources if placement[name] == kind]
            for kind in get_args(Placement)
        },
        "licences": [_licence_row(row) for row in licence_rows(facts, "train")],
        "left_out": [
            {"licence": name, **row}
            for name, row in facts.dataset.manifest.counts.get("denied_licences", {}).items()
        ],
        "dropped": _count_rows(counts.get("dropped")),
        "masked": _count_rows(counts.get("masked")),
    }
    text = _TEMPLATES.get_template("training_content.md.jinja").render(_shown(values))
    return re.sub(r"\n{3,}", "\n\n", text)


def _shown(value: Any) -> Any:
    """Return values as the template may print them: numbers with commas, texts as Markdown."""
    if isinstance(value, Mapping):
        return {key: _shown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shown(item) for item in value]
    return markdown(value) if isinstance(value, str) else f"{value:,}"


def _placement(facts: Facts, answers: Answers) -> dict[str, Placement]:
    unknown = sorted(answers.placement.keys() - facts.sources.keys())
    if unknown:
        raise InputError(
            f"placement: the dataset has no source {unknown[0]!r}",
            hint=f"its sources are: {', '.join(facts.sources)}",
        )
    usual: dict[str, Placement] = {
        name: "other" if source.kind in ("", "folder") else "public" for name, source in facts.sources.items()
    }
    return usual | answers.placement


def _size(facts: Facts) -> dict[str, Any]:
    train = [group for group in facts.groups if group.split == "train"]
    tokens = sum(group.tokens for group in train)
    return {
        "band": next((name for limit, name in _BANDS if tokens < limit), _LARGEST),
        "tokens": tokens,
        "taken": sum(group.taken for group in train),
        "held_out": sum(group.tokens for group in facts.groups if group.split != "train"),
        "documents": sum(group.documents for group in facts.groups),
    }


def _languages(facts: Facts) -> list[dict[str, Any]]:
    tokens = facts.dataset.manifest.counts["tokens"]
    prefix = "train.language."
    own = {key.removeprefix(prefix): count for key, count in tokens.items() if key.startswith(prefix)}
    ordered = sorted(own.items(), key=lambda item: (-item[1], item[0]))
    return [
        {"name": name, "tokens": count, "share": _share(count, sum(own.values()))} for name, count in ordered
    ]


def _source_row(facts: Facts, name: str) -> dict[str, Any]:
    source = facts.sources[name]
    own = [group for group in facts.groups if group.source == name]
    tokens = sum(group.tokens for group in own)
    return {
        "title": source.title,
        "kind": source.kind,
        "origin": source.origin,
        "revision": source.revision,
        "licences": ", ".join(sorted({group.licence for group in own})),
        "documents": sum(group.documents for group in own),
        "tokens": tokens,
        "share": _share(tokens, sum(group.tokens for group in facts.groups)),
    }


def _licence_row(row: Mapping[str, Any]) -> dict[str, Any]:
    share = _share(row["share_per_million"], 1_000_000)
    return {**row, "asks": ", ".join(row["asks"]), "tokens": row["tokens_with_repeats"], "share": share}


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "-"


def _count_rows(counts: Mapping[str, int] | None) -> list[dict[str, Any]]:
    return [{"name": name, "count": count} for name, count in sorted((counts or {}).items())]
