"""The figures of a page: which curves are drawn, with which words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mypt.training.gold import GoldDecision, gold_step
from mypt.training.report.charts import MAX_SERIES, Chart, Marks, Points, draw
from mypt.training.report.curves import category_curves, last_step, stage_starts, step_curves
from mypt.training.report.facts import categories_of, decisions_of
from mypt.training.report.inline_svg import InlineSvg
from mypt.training.run_record import RunLog, RunRecord

MAX_MARKS = 80
"""At most so many decisions of a kind are marked; the chosen one always is."""
MAX_SWITCHES = 20


@dataclass(frozen=True)
class Figure:
    """A drawing with what is said about it."""

    title: str
    text: str
    drawing: InlineSvg
    legend: tuple[str, ...] = ()
    """Names of its curves, in the order of their colours."""


@dataclass(frozen=True)
class _Words:
    """What is said about a curve over all steps."""

    title: str
    unit: str
    text: str
    is_log: bool = False


_ABOUT_CATEGORIES = (
    "How many bits the model still needs to predict a byte of text, measured on the same text each time. "
    "Lower is better. held_out is text like that of the training which the model never learned from; train "
    "is text that it did learn from, and a wide gap between the two means learning by heart."
)
_OVER_STEPS = {
    "loss": _Words(
        "Training loss", "nats per token",
        "How surprised the model was by the text of each step, just before it learned from it. It should "
        "fall, quickly at first, and it is never smooth.", is_log=True,
    ),
    "learning_rate": _Words(
        "Learning rate", "learning rate",
        "How far each step moved the model. It rises during the warm-up and then falls slowly, by plan.",
    ),
    "grad_norm": _Words(
        "Gradient norm", "gradient norm",
        "How strongly the text of each step pulled at the model. A sudden peak hints at odd data.",
        is_log=True,
    ),
    "tokens_per_second": _Words(
        "Throughput", "tokens per second",
        "How fast the run was on its machine. This is the only curve that is not bound by the log's chain.",
    ),
}  # fmt: skip


def figures_of(record: RunRecord) -> list[Figure]:
    """Return every figure that has something to show."""
    starts = [start.step for start in stage_starts(record.log)[1 : MAX_SWITCHES + 1]]
    last = last_step(record.log)
    figures = [_validation_figure(record, starts)] if record.log.validations else []
    for name, curve in step_curves(record.log).items():
        if len(curve.steps):
            words = _OVER_STEPS[name]
            band = (
                " The line is the mean of neighbouring steps, the band their extremes."
                if curve.is_thinned
                else ""
            )
            chart = Chart(
                name, words.title, {name: curve}, words.unit, last, is_log=words.is_log, marks=Marks(starts)
            )  # fmt: skip
            figures.append(Figure(words.title, words.text + band, draw(chart)))
    return figures


def _validation_figure(record: RunRecord, starts: Sequence[int]) -> Figure:
    """Return the losses on text that is never learned from, with what was decided."""
    curves = category_curves(record.log)
    names = categories_of(record, MAX_SERIES)
    marks = _marks(record.log, decisions_of(record), starts)
    title = "Loss per category"
    chart = Chart(
        "categories", title, {name: curves[name] for name in names}, "bits per byte", last_step(record.log),
        is_log=True, marks=marks,
    )  # fmt: skip
    n_omitted = len(curves) - len(names)
    omitted = f" {n_omitted} more categories are not drawn." if n_omitted else ""
    return Figure(title, _ABOUT_CATEGORIES + omitted, draw(chart), tuple(names))


def _marks(log: RunLog, decisions: Sequence[GoldDecision], starts: Sequence[int]) -> Marks:
    gold = gold_step(decisions)
    others = [decision for decision in decisions if decision.step != gold]
    return Marks(
        switches=starts,
        accepted=_points(log, [decision.step for decision in others if decision.accepted]),
        rejected=_points(log, [decision.step for decision in others if not decision.accepted]),
        gold=None if gold is None else _points(log, [gold]),
    )


def _points(log: RunLog, steps: Sequence[int]) -> Points:
    """Return where decisions lie on the held-out curve, thinned evenly where there are very many."""
    kept = set(steps[:: -(-len(steps) // MAX_MARKS) or 1])
    values = {report.step: report.held_out.bits_per_byte for report in log.validations if report.step in kept}
    finite = {step: value for step, value in values.items() if np.isfinite(value)}
    return Points(np.array([*finite], dtype=np.float64), np.array([*finite.values()], dtype=np.float64))
