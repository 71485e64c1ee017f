"""Charts show their curves and marks, the same to the byte each time."""

import re

import matplotlib as mpl
import numpy as np
import pytest

from mypt.training.report.charts import COLOURS, MAX_SERIES, Chart, Marks, Points, draw
from mypt.training.report.curves import Curve, thin


def line(*values: float) -> Curve:
    return thin(range(len(values)), [float(value) for value in values])


def chart(*curves: Curve, marks: Marks | None = None, is_log: bool = False) -> Chart:
    named = {f"curve {number}": curve for number, curve in enumerate(curves)}
    return Chart("test", "A label", named, "bits per byte", 10, is_log, marks or Marks())


def texts(markup: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", markup)


def colours_of(markup: str, rules: dict[str, str]) -> list[str]:
    classes = re.findall(r'class="(\w+)"', markup)
    return [colour for name in classes for colour in re.findall(r"stroke: (var\(--[\w-]+\))", rules[name])]


def test_the_same_chart_is_drawn_to_the_same_bytes_whatever_the_users_settings_are() -> None:
    first = draw(chart(line(3, 2, 1)))

    with mpl.rc_context({"lines.linewidth": 9, "axes.grid": False}):
        second = draw(chart(line(3, 2, 1)))

    assert first == second
    assert "20" not in re.findall(r"\d{4}-\d{2}-\d{2}", first.markup)


def test_settings_of_others_are_left_as_they_were() -> None:
    before = dict(mpl.rcParams)

    draw(chart(line(1)))

    assert dict(mpl.rcParams) == before


def test_every_colour_is_one_of_the_page() -> None:
    marks = Marks([5], *(Points(np.array([1.0]), np.array([2.0])) for _ in range(3)))
    drawn = draw(chart(*(line(3, 2, 1) for _ in range(MAX_SERIES)), marks=marks))

    used = set(colours_of(drawn.markup, dict(drawn.rules)))

    assert used == set(COLOURS.values())
    assert not any(colour in rule for rule in drawn.rules.values() for colour in COLOURS)


def test_curves_beyond_the_eighth_are_not_drawn() -> None:
    eight, more = (draw(chart(*(line(3, 2, 1) for _ in range(n)))) for n in (MAX_SERIES, MAX_SERIES + 5))

    assert eight == more


def test_a_thinned_curve_has_a_band() -> None:
    thick = thin(range(2000), np.random.default_rng(0).random(2000))

    assert any("opacity: 0.18" in rule for rule in draw(chart(thick)).rules.values())
    assert not any("opacity" in rule for rule in draw(chart(line(1, 2))).rules.values())


def test_stages_are_numbered_and_axes_say_what_they_are() -> None:
    found = texts(draw(chart(line(3, 2), marks=Marks([4, 8]))).markup)

    assert {"stage 2", "stage 3", "step", "bits per byte"} <= set(found)


@pytest.mark.parametrize(("values", "is_log"), [((8.0, 1.0), True), ((2.0, 1.0), False), ((8.0, 0.0), False)])
def test_a_wide_span_of_positive_values_is_shown_on_a_logarithmic_axis(
    values: tuple[float, ...], *, is_log: bool
) -> None:
    found = texts(draw(chart(line(*values), is_log=True)).markup)

    assert ({"1", "2", "3", "5"} <= set(found)) == is_log


@pytest.mark.parametrize("values", [(), (1.0,), (0.0, 0.0), (1e300, 1e-300), (1e-9, 2e-9)])
def test_odd_values_can_be_drawn(values: tuple[float, ...]) -> None:
    drawn = draw(chart(line(*values), is_log=True))

    assert drawn.markup.startswith("<svg ")
    assert "nan" not in drawn.markup.lower()
