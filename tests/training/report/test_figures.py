"""Which figures a page has, and what is marked in them."""

from pathlib import Path

from mypt.training.metrics_log import MetricsLog
from mypt.training.report.charts import MAX_SERIES
from mypt.training.report.figures import MAX_MARKS, figures_of
from mypt.training.run_record import read_run
from tests.training.runs import GENESIS, NAN, make_run, make_step, make_validation


def test_a_run_has_a_figure_for_each_thing_that_was_measured(tmp_path: Path) -> None:
    figures = figures_of(read_run(make_run(tmp_path / "run").path))

    assert [figure.title for figure in figures] == [
        "Loss per category", "Training loss", "Learning rate", "Gradient norm", "Throughput",
    ]  # fmt: skip
    assert figures[0].legend == ("held_out", "train", "domain")


def test_a_run_that_only_began_has_only_what_there_is(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl", GENESIS)
    log.on_step(make_step(1, grad_norm=NAN))
    log.flush()

    assert [figure.title for figure in figures_of(read_run(tmp_path))] == ["Training loss", "Learning rate"]


def drawn_marks(folder: Path, *bits: float) -> str:
    run = make_run(folder, [make_validation(10 * n, held_out=loss) for n, loss in enumerate(bits)])
    drawing = figures_of(read_run(run.path))[0].drawing
    return " ".join([drawing.markup, *(f"{name}:{rule}" for name, rule in drawing.rules.items())])


def test_gold_and_rejected_checkpoints_are_marked(tmp_path: Path) -> None:
    rejected_only, with_gold = drawn_marks(tmp_path / "a", 8.0), drawn_marks(tmp_path / "b", 8.0, 3.0)

    assert "var(--bad)" in rejected_only
    assert "var(--gold)" not in rejected_only
    assert "var(--gold)" in with_gold


def test_many_decisions_are_thinned_and_gold_stays(tmp_path: Path) -> None:
    history = [make_validation(n, held_out=3.0 - n / 1000) for n in range(1, 1001)]
    markup = figures_of(read_run(make_run(tmp_path / "run", history).path))[0].drawing.markup

    assert MAX_MARKS / 2 < markup.count("<use ") < MAX_MARKS + 40  # with the ticks of both axes


def test_categories_beyond_the_colours_are_counted_in_words(tmp_path: Path) -> None:
    bits = {f"set {number}": 2.0 for number in range(12)}
    figure = figures_of(
        read_run(make_run(tmp_path / "run", [make_validation(1, held_out=3.0, **bits)]).path)
    )[0]

    assert len(figure.legend) == MAX_SERIES
    assert "5 more categories are not drawn" in figure.text


def test_a_thinned_curve_says_what_its_band_is(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl", GENESIS)
    for step in range(1, 1500):
        log.on_step(make_step(step, loss=2.0 + step % 2))
    log.flush()

    assert figures_of(read_run(tmp_path))[0].text.endswith("the band their extremes.")
