"""`mypt model gold`: the choice, its reasons, and what does not fit together."""

from dataclasses import asdict
from pathlib import Path

from mypt.provenance.artifact import staged
from mypt.training.gold import GoldConfig, decide
from mypt.training.metrics_log import MetricsLog
from tests.cli.line import RUN, refused, run
from tests.training.runs import GENESIS, HISTORY, make_recipe, make_run, make_validation, seal_checkpoint


def test_step_and_folder_of_the_gold_model_are_printed(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    with staged(folder.gold, "model", make_recipe()) as draft:
        draft.counts["steps"] = 300

    outcome = run(tmp_path, "model", "gold", "run")

    assert (outcome.code, outcome.out, outcome.err) == (0, "300 run/gold\n", "")


def test_a_gold_model_that_is_not_sealed_yet_is_noted(tmp_path: Path) -> None:
    make_run(tmp_path / "run")

    outcome = run(tmp_path, "model", "gold", "run")

    assert (outcome.code, outcome.out) == (0, "300 run/gold\n")
    assert "run/gold: not sealed yet" in outcome.err


def test_a_gold_model_of_another_step_is_noted(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    with staged(folder.gold, "model", make_recipe()) as draft:
        draft.counts["steps"] = 100

    outcome = run(tmp_path, "model", "gold", "run")

    assert (outcome.code, outcome.out) == (0, "300 run/gold\n")
    assert "run/gold: holds another model, of step 100" in outcome.err


def test_explain_names_every_other_checkpoint(tmp_path: Path) -> None:
    make_run(tmp_path / "run")

    outcome = run(tmp_path, "model", "gold", "run", "--explain")

    assert outcome.code == 0
    assert len(outcome.out.splitlines()) == 1 + len(HISTORY) + 2
    assert "rejected by overfit_ratio: held-out loss is 2.0909 times" in outcome.out
    assert outcome.out.endswith("GOLD is the checkpoint after step 300.\n")


def test_the_recipes_thresholds_decide(tmp_path: Path) -> None:
    make_run(tmp_path / "run", overfit_ratio=3.0)

    assert run(tmp_path, "model", "gold", "run").out == "600 run/gold\n"


def test_a_run_without_gold_ends_with_3_and_the_way_to_the_reasons(tmp_path: Path) -> None:
    make_run(tmp_path / "run", [make_validation(n, held_out=3.0, train=1.0) for n in (0, 10)])

    message = refused(run(tmp_path, "model", "gold", "run"), 3)
    explained = run(tmp_path, "model", "gold", "run", "--explain")

    assert message.startswith("There is no GOLD checkpoint: none of 2 validations was accepted.")
    assert "mypt model gold run --explain" in message
    assert (explained.code, explained.out.count("overfit_ratio")) == (0, 1)


def test_a_changed_log_ends_with_3_and_the_line(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    folder.metrics.write_bytes(
        folder.metrics.read_bytes().replace(b'"bits_per_byte":2.3', b'"bits_per_byte":1.3')
    )

    message = refused(run(tmp_path, "model", "gold", "run"), 3)

    line = next(
        n
        for n, text in enumerate(folder.metrics.read_text().splitlines(), 1)
        if '"bits_per_byte":1.3' in text
    )
    assert message.startswith(f"run/metrics.jsonl:{line}: the chain is broken")


def test_a_log_that_decided_otherwise_ends_with_3(tmp_path: Path) -> None:
    """Whoever computes the chain anew can write another decision, but the validations beside it tell."""
    recipe, history = make_recipe(), HISTORY[:2]
    log = MetricsLog(tmp_path / "run" / "metrics.jsonl", GENESIS)
    for report, decision in zip(history, decide(history, GoldConfig()), strict=True):
        log.on_validation(report)
        log.on_event({"event": "gold", **asdict(decision), "is_gold": False})
    log.flush()
    folder = make_run(tmp_path / "other")
    folder.metrics.write_bytes(log.path.read_bytes())
    seal_checkpoint(folder, recipe, 700, {})

    outcome = run(tmp_path, "model", "gold", "other")

    assert (outcome.code, outcome.out) == (3, "100 other/gold\n")
    assert "The log differs at step 100: it says accepted (3), its validations say GOLD (3)." in outcome.err


def test_the_gold_model_of_a_real_run_is_found_and_speaks(line: Path) -> None:
    outcome = run(line, "model", "gold", RUN)
    folder = outcome.out.split()[1]

    assert (outcome.code, outcome.err) == (0, "")
    assert run(line, "generate", "Die", "--model", folder, "--max-new-tokens", "2").out.startswith("Die")


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    assert "metrics.jsonl: cannot be read" in refused(run(tmp_path, "model", "gold", "nothing"), 2)
