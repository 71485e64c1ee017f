"""The page itself: facts and figures in one HTML file that needs nothing else."""

from pathlib import Path

from mypt.pages.html import render_page
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
    parts_of,
    readings_of,
    recipe_rows,
    table_of,
    verdict_of,
)
from mypt.training.report.figures import MAX_MARKS, MAX_SWITCHES, figures_of
from mypt.training.run_record import RunRecord


def render(record: RunRecord) -> str:
    """Return the page of a run; the same record gives the same bytes."""
    figures = figures_of(record)
    categories = categories_of(record, MAX_SERIES)
    rows, n_left_out = table_of(record, categories)
    return render_page(
        Path(__file__).parent, rules=[figure.drawing.rules for figure in figures],
        name="/".join(record.folder.resolve().parts[-2:]),
        verdict=verdict_of(record), cards=cards_of(record), differences=differences_of(record),
        figures=figures, stages=stage_starts(record.log)[: MAX_SWITCHES + 1],
        has_decisions=bool(decisions_of(record)), categories=categories, rows=rows, n_left_out=n_left_out,
        thresholds=record.gold_config if record.manifests else None,
        bad_steps=record.log.bad_steps[:MAX_MARKS], rollbacks=record.log.rollbacks[:MAX_MARKS],
        readings=readings_of(record), eval_sets=eval_sets_of(record), recipe=recipe_rows(record),
        evidence=evidence_rows(record), gates=gates_of(record), parts=parts_of(record),
    )  # fmt: skip
