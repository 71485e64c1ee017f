"""Charts of a run's curves, drawn the same to the byte each time."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from mypt.training.report.curves import Curve, Numbers
from mypt.training.report.inline_svg import InlineSvg, inline

MAX_SERIES = 8
_INK, _GRID, _GOLD, _BAD = "#010101", "#020202", "#030303", "#040404"
_SERIES = [f"#0500{number:02d}" for number in range(1, MAX_SERIES + 1)]
_DASHES = ["-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2))]

COLOURS: Mapping[str, str] = {
    _INK: "var(--muted)", _GRID: "var(--line)", _GOLD: "var(--gold)", _BAD: "var(--bad)",
    **{drawn: f"var(--series-{number})" for number, drawn in enumerate(_SERIES, start=1)},
}  # fmt: skip
"""What each colour of a drawing is on the page, where light and dark decide."""

_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none", "text.parse_math": False, "font.size": 10, "path.simplify": True,
    "text.color": _INK, "axes.labelcolor": _INK, "xtick.color": _INK, "ytick.color": _INK,
    "axes.edgecolor": _GRID, "axes.facecolor": "none", "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.spines.top": False, "axes.spines.right": False, "axes.spines.left": False,
    "axes.grid": True, "axes.grid.axis": "y", "grid.color": _GRID, "grid.linewidth": 0.8,
    "xtick.major.size": 3, "ytick.major.size": 0, "lines.linewidth": 1.6, "axes.unicode_minus": False,
}  # fmt: skip


@dataclass(frozen=True)
class Points:
    """Decisions of one kind, where they are marked."""

    steps: Numbers
    values: Numbers


@dataclass(frozen=True)
class Marks:
    """What a chart shows besides its curves."""

    switches: Sequence[int] = ()
    """First steps of all stages but the first."""
    accepted: Points | None = None
    rejected: Points | None = None
    gold: Points | None = None


@dataclass(frozen=True)
class Chart:
    """What is drawn; curves beyond the eighth are not."""

    name: str
    label: str
    """Read aloud in its place."""
    curves: Mapping[str, Curve]
    unit: str
    last_step: int
    """Where the axis ends, so that charts below each other can be compared."""
    is_log: bool = False
    """Whether the axis may be logarithmic, where the values span more than a factor of four."""
    marks: Marks = field(default_factory=Marks)


def draw(chart: Chart) -> InlineSvg:
    """Return a chart as an element of a page."""
    return paint(chart.name, chart.label, lambda axes: _draw_chart(axes, chart))


def paint(name: str, label: str, draw_on: Callable[[Axes], None]) -> InlineSvg:
    """Return what is drawn on one pair of axes as an element of a page, the same to the byte each time."""
    with mpl.rc_context():
        mpl.rcdefaults()  # whatever the user's own settings of matplotlib are
        mpl.rcParams.update({**_SETTINGS, "svg.hashsalt": name})
        figure = Figure(figsize=(8, 2.9), layout="constrained")
        draw_on(figure.add_subplot())
        buffer = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(buffer, format="svg", metadata=nothing)
    return inline(buffer.getvalue(), label, COLOURS)


def series_look(number: int) -> tuple[str, Any]:
    """Return colour and dashes of a series, as the page's legend shows them."""
    return _SERIES[number], _DASHES[number % len(_DASHES)]


def _draw_chart(axes: Axes, chart: Chart) -> None:
    axes.set_ymargin(0.14)  # room for the names of stages
    curves = list(chart.curves.values())[:MAX_SERIES]
    for number, curve in enumerate(curves):
        _draw_curve(axes, curve, number)
    _shape_axes(axes, chart, curves)
    _draw_marks(axes, chart.marks)


def _draw_curve(axes: Axes, curve: Curve, number: int) -> None:
    colour, dash = series_look(number)
    if curve.is_thinned:
        axes.fill_between(curve.steps, curve.low, curve.high, color=colour, alpha=0.18, linewidth=0)
    marker = "o" if len(curve.steps) == 1 else ""
    axes.plot(curve.steps, curve.middle, color=colour, linestyle=dash, marker=marker, markersize=4)


def _draw_marks(axes: Axes, marks: Marks) -> None:
    for number, step in enumerate(marks.switches, start=2):
        axes.axvline(step, color=_INK, linewidth=1, linestyle=(0, (2, 3)))
        axes.annotate(
            f"stage {number}", (step, 1), xycoords=("data", "axes fraction"), xytext=(4, -2),
            textcoords="offset points", va="top", fontsize=9,
        )  # fmt: skip
    looks = ((marks.accepted, "o", _GOLD, 4), (marks.rejected, "x", _BAD, 5), (marks.gold, "*", _GOLD, 15))
    for points, marker, colour, size in looks:
        if points is not None:
            axes.plot(
                points.steps, points.values, marker, color=colour, markersize=size, zorder=3, clip_on=False
            )


def _shape_axes(axes: Axes, chart: Chart, curves: Sequence[Curve]) -> None:
    axes.set_xlabel("step")
    axes.set_xlim(0, max(chart.last_step, 1))
    axes.set_ylabel(chart.unit)
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    if chart.is_log and _spans_magnitudes(curves):
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5)))
        axes.yaxis.set_minor_locator(NullLocator())
    elif not chart.is_log:
        axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))


def _spans_magnitudes(curves: Sequence[Curve]) -> bool:
    """Say whether values are positive and more than a factor of four apart, but not beyond all measure."""
    values = [value for curve in curves for value in curve.middle.tolist()]
    lowest, highest = min(values, default=0.0), max(values, default=0.0)
    return 0 < 4 * lowest < highest < 1e12 * lowest


def _tick(value: float) -> str:
    return f"{value:,.0f}" if 1_000 <= abs(value) < 1e9 else f"{value:g}"
