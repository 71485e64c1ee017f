"""What gates said, for people: one verdict as Markdown, several as one HTML page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes

from mypt.evaluation.forgetting import ForgettingReport
from mypt.evaluation.gate import BUCKETS, BucketVerdict, GateReport
from mypt.evaluation.markdown import plain
from mypt.pages.html import render_page, visible
from mypt.training.report.charts import MAX_SERIES, paint, series_look
from mypt.training.report.inline_svg import InlineSvg

MAX_EXAMPLES = 10
"""Failures of a bucket that a page shows; the results hold all."""


@dataclass(frozen=True)
class BucketFigure:
    """The buckets that one phase brought, over all phases."""

    title: str
    names: tuple[str, ...]
    """In the order of their colours."""
    drawing: InlineSvg


def to_markdown(report: GateReport) -> str:
    """Return a verdict as Markdown, with the first failures of each bucket."""
    return "\n".join(_lines(report)) + "\n"


def to_page(reports: Sequence[GateReport], forgetting: ForgettingReport | None = None) -> str:
    """Return the verdicts as one HTML page, by phase; text of models and cases is never markup.

    What the phases forgot has a section of its own, where it is given.
    """
    ordered = sorted(reports, key=lambda report: report.phase)
    figures = list(_figures(ordered))
    return render_page(
        Path(__file__).parent, rules=[figure.drawing.rules for figure in figures],
        reports=ordered, figures=figures, forgetting=forgetting, languages=_languages, visible=visible,
        max_examples=MAX_EXAMPLES,
    )  # fmt: skip


def _lines(report: GateReport) -> Iterator[str]:
    yield f"# Gate of phase {report.phase}: {_word(passed=report.passed)}"
    yield ""
    yield f"Model `{report.model}`."
    yield ""
    yield "| bucket | passed | by language | 95 % interval | above | verdict |"
    yield "|---|---|---|---|---|---|"
    for one in report.buckets:
        interval = f"{one.lower:.1%} to {one.upper:.1%}"
        yield (
            f"| {plain(one.bucket)} | {one.n_passed}/{one.n_cases} | {_languages(one)} | {interval} "
            f"| {one.threshold:.0%} | {_word(passed=one.passed)} |"
        )
    yield ""
    for held in report.hold_outs:
        yield f"- {plain(held.category)}: {_word(passed=held.passed)}, {plain(held.reason)}"
    for one in report.buckets:
        if one.failures:
            yield from ("", f"## Failures of {plain(one.bucket)}", "")
        for failure in one.failures[:MAX_EXAMPLES]:
            yield f"- {plain(failure.id)}: {plain(failure.reason)}"


def _word(*, passed: bool) -> str:
    return "passed" if passed else "not passed"


def _languages(bucket: BucketVerdict) -> str:
    return ", ".join(f"{name} {k}/{n}" for name, (k, n) in sorted(bucket.by_language.items()))


def _figures(reports: Sequence[GateReport]) -> Iterator[BucketFigure]:
    """Draw the buckets of each phase together, so that none is hidden by nineteen others."""
    judged = {one.bucket for report in reports for one in report.buckets}
    groups = {
        f"Buckets from phase {first} on": [name for name, phase in BUCKETS.items() if phase == first]
        for first in range(1, 7)
    }
    groups["Beside the buckets"] = sorted(judged - BUCKETS.keys())
    for title, names in groups.items():
        shown = tuple(name for name in names if name in judged)[:MAX_SERIES]
        if shown and len(reports) > 1:
            yield BucketFigure(title, shown, _draw(title, shown, reports))


def _draw(title: str, names: Sequence[str], reports: Sequence[GateReport]) -> InlineSvg:
    def draw_on(axes: Axes) -> None:
        for number, name in enumerate(names):
            found = [
                (report.phase, one) for report in reports for one in report.buckets if one.bucket == name
            ]
            colour, dash = series_look(number)
            # Set apart a little, so that intervals of one phase do not hide each other.
            places = [phase + 0.03 * (number - (len(names) - 1) / 2) for phase, _ in found]
            rates = [one.n_passed / one.n_cases for _, one in found]
            below = [rate - one.lower for rate, (_, one) in zip(rates, found, strict=True)]
            above = [one.upper - rate for rate, (_, one) in zip(rates, found, strict=True)]
            spread = [[max(0.0, value) for value in side] for side in (below, above)]
            axes.errorbar(
                places, rates, yerr=spread, color=colour, linestyle=dash, marker="o", markersize=4, capsize=2
            )
        axes.set_xlabel("phase")
        axes.set_xlim(0.8, 6.2)
        axes.set_xticks(range(1, 7))
        axes.set_ylim(-0.03, 1.03)
        axes.set_ylabel("share that passes")

    return paint(title, f"{title}: share of cases that pass, with 95 % intervals", draw_on)
