"""The page itself: facts and figures in one HTML file that needs nothing else."""

import base64
import hashlib
from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mypt.training.report.charts import MAX_SERIES
from mypt.training.report.curves import stage_starts
from mypt.training.report.facts import (
    cards_of,
    categories_of,
    decisions_of,
    differences_of,
    eval_sets_of,
    evidence_rows,
    gates_of,
    readings_of,
    recipe_rows,
    table_of,
    verdict_of,
)
from mypt.training.report.figures import MAX_MARKS, MAX_SWITCHES, Figure, figures_of
from mypt.training.run_record import RunRecord

_HERE = Path(__file__).parent
_TEMPLATES = Environment(
    loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip


def render(record: RunRecord) -> str:
    """Return the page of a run; the same record gives the same bytes."""
    figures = figures_of(record)
    style = _style(figures)
    categories = categories_of(record, MAX_SERIES)
    rows, n_left_out = table_of(record, categories)
    return _TEMPLATES.get_template("page.html").render(
        name="/".join(record.folder.resolve().parts[-2:]), style=style, style_digest=_digest(style),
        verdict=verdict_of(record), cards=cards_of(record), differences=differences_of(record),
        figures=figures, stages=stage_starts(record.log)[: MAX_SWITCHES + 1],
        has_decisions=bool(decisions_of(record)), categories=categories, rows=rows, n_left_out=n_left_out,
        thresholds=record.gold_config if record.manifests else None,
        bad_steps=record.log.bad_steps[:MAX_MARKS], rollbacks=record.log.rollbacks[:MAX_MARKS],
        readings=readings_of(record), eval_sets=eval_sets_of(record), recipe=recipe_rows(record),
        evidence=evidence_rows(record), gates=gates_of(record),
    )  # fmt: skip


def _style(figures: Iterable[Figure]) -> str:
    """Return the one style sheet, the classes of all drawings included."""
    rules = {name: rule for figure in figures for name, rule in figure.drawing.rules.items()}
    written = [f".{name} {{ {rule} }}" for name, rule in sorted(rules.items())]
    return "\n".join([(_HERE / "page.css").read_text(encoding="utf-8"), *written])


def _digest(style: str) -> str:
    """Return what the page's policy allows: this style sheet and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
