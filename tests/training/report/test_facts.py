"""What the page says of a run is what its log holds."""

from dataclasses import replace
from pathlib import Path

from mypt.provenance.artifact import staged
from mypt.training.adapt_recipe import AdaptRecipe
from mypt.training.metrics_log import MetricsLog
from mypt.training.report.facts import (
    MAX_ROWS,
    Card,
    Gate,
    Reading,
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
from mypt.training.reports import PartLoss
from mypt.training.run_record import LOG_HEAD, RunRecord, read_run
from tests.training.runs import (
    GENESIS,
    NAN,
    make_recipe,
    make_run,
    make_step,
    make_validation,
    seal_checkpoint,
)


def record_of(folder: Path) -> RunRecord:
    return read_run(make_run(folder / "run").path)


def begun(folder: Path) -> RunRecord:
    """Return a run that has no checkpoint yet."""
    log = MetricsLog(folder / "metrics.jsonl", GENESIS)
    log.on_validation(make_validation(0, held_out=8.0))
    log.on_step(make_step(1))
    log.flush()
    return read_run(folder)


def test_the_verdict_names_gold_and_how_much_was_learned(tmp_path: Path) -> None:
    assert verdict_of(record_of(tmp_path)) == (
        "The best checkpoint that passed every guard, GOLD, is the one after step 300. It needs 2.400 bits "
        "to predict a byte of text that it never saw (70% less); the first measurement, after step 0, was "
        "8.000."
    )


def test_parts_of_episodes_are_shown_from_first_to_last(tmp_path: Path) -> None:
    assert parts_of(record_of(tmp_path)) == []
    log = MetricsLog(tmp_path / "metrics.jsonl", GENESIS)
    for step, nats in ((0, 4.0), (9, 0.5)):
        parts = {"<myPT_eot>": PartLoss(nats, 1 - nats / 4, 1200)}
        log.on_validation(replace(make_validation(step, held_out=8.0), parts=parts))
    log.flush()

    assert parts_of(read_run(tmp_path)) == [("<myPT_eot>", "1,200", "4.000 → 0.500", "0.0% → 87.5%")]


def test_the_verdict_says_when_nothing_is_gold(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", [make_validation(n, held_out=2.0 + n, train=0.5) for n in (0, 1)])

    assert verdict_of(read_run(run.path)).startswith(
        "No checkpoint is GOLD, as none passed every guard. The newest one measured is that after step 1. It "
        "needs 3.000 bits to predict a byte of text that it never saw (50% more)"
    )


def test_the_verdict_waits_for_a_measurement(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl", GENESIS)
    log.on_validation(make_validation(0, held_out=NAN))
    log.flush()

    assert verdict_of(read_run(tmp_path)) == "Nothing was measured yet."


def test_the_cards_hold_the_figures_of_the_log(tmp_path: Path) -> None:
    assert cards_of(record_of(tmp_path)) == [
        Card("State", "finished"), Card("Steps", "600", "of 1,000"), Card("Tokens read", "307,200"),
        Card("Held-out loss", "8.000 → 2.300", "bits per byte, first → last"), Card("GOLD", "step 300"),
        Card("Bad steps", "none"),
    ]  # fmt: skip


def test_a_run_that_goes_on_says_so(tmp_path: Path) -> None:
    cards = {card.name: (card.value, card.detail) for card in cards_of(begun(tmp_path))}

    assert cards["State"] == ("not finished", "so far")
    assert cards["Steps"] == ("1", "")
    assert cards["GOLD"] == ("none", "")


def test_bad_steps_and_ways_back_are_counted(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl", GENESIS)
    for step, verdict in enumerate(["good", "spike", "spike", "nonfinite", "overflow"], start=1):
        log.on_step(make_step(step, verdict=verdict))
    log.on_event({"event": "rollback", "step": 5, "to_step": 1, "data_offset": 4})
    log.flush()

    card = cards_of(read_run(tmp_path))[-1]

    assert card == Card(
        "Bad steps", "4", "1 not finite, 2 spikes, 1 fp16 overflows, 1 ways back to a checkpoint"
    )


def test_each_validation_is_a_row_with_its_reason(tmp_path: Path) -> None:
    rows, n_left_out = table_of(record_of(tmp_path), ["held_out", "domain", "never"])

    assert n_left_out == 0
    assert [(row.step, row.kind) for row in rows] == [
        (0, "rejected"), (100, "accepted"), (200, "rejected"), (300, "gold"), (400, "accepted"),
        (500, "rejected"), (600, "rejected"),
    ]  # fmt: skip
    assert rows[2].losses == ("2.5000", "3.9000", "-")
    assert "eval_regression: the loss on domain is 30.0% above" in rows[2].reason


def test_of_very_many_validations_the_first_the_last_and_gold_are_kept(tmp_path: Path) -> None:
    history = [make_validation(n, held_out=3.0 + abs(n - 7)) for n in range(1, 1001)]
    run = make_run(tmp_path / "run", history)

    rows, n_left_out = table_of(read_run(run.path), ["held_out"])

    assert (rows[0].step, rows[-1].step) == (1, 1000)
    assert [row.step for row in rows if row.kind == "gold"] == [7]
    assert len(rows) <= MAX_ROWS + 2
    assert len(rows) + n_left_out == 1000


def test_held_out_text_comes_first_then_training_text_then_others_by_name(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", [make_validation(0, b=1.0, a=1.0, train=1.0, held_out=1.0)])

    assert categories_of(read_run(run.path), 3) == ["held_out", "train", "a"]


def test_before_the_first_checkpoint_the_decisions_are_those_of_the_log(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    made_anew = decisions_of(read_run(run.path))
    run.checkpoints.rename(tmp_path / "gone")

    record = read_run(run.path)

    assert decisions_of(record) == made_anew
    assert (differences_of(record), readings_of(record), recipe_rows(record)) == ([], [], [])


def test_a_log_that_decided_by_other_thresholds_is_named(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    seal_checkpoint(run, make_recipe(overfit_ratio=3.0), 601, {})

    differences = differences_of(read_run(run.path))

    assert [text[:30] for text in differences] == ["The log differs at step 600: i"]


def test_what_a_recipe_reads_is_shown_by_stage(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    recipe = {
        "mixture": [{"dataset": "law", "weight": 0.7}, {"dataset": "code", "weight": 0.3}],
        "eval_sets": {"general": "web"},
    }
    seal_checkpoint(
        run, make_recipe().model_validate({**recipe, "model": {}, "training": {"steps": 9}}), 601, {}
    )

    record = read_run(run.path)

    assert readings_of(record) == [Reading("all", "the end", ("law (weight 0.7)", "code (weight 0.3)"))]
    assert eval_sets_of(record) == [("general", "web")]


def test_replayed_text_is_part_of_what_an_adaptation_reads(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    recipe = AdaptRecipe.model_validate(
        {
            "dataset": "law", "init_from": "parent", "replay": {"dataset": "web", "share": 0.25},
            "eval_sets": {"general": "web"}, "training": {"steps": 9},
        }
    )  # fmt: skip
    seal_checkpoint(run, recipe, 601, {})

    record = read_run(run.path)

    assert readings_of(record) == [Reading("all", "the end", ("law (weight 0.75)", "web (weight 0.25)"))]
    assert dict(recipe_rows(record))["Begun from"] == "parent"


def test_the_gate_of_the_gold_model_is_shown(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    assert gates_of(read_run(run.path)) == []

    for folder, outcome in ((run.model, "failed"), (run.gold, "passed")):
        with staged(folder, "model", make_recipe()) as draft:
            draft.counts["forgetting"] = {"general": {"outcome": outcome, "reason": "0.1 % worse"}}

    assert gates_of(read_run(run.path)) == [Gate("general", has_passed=True, summary="0.1 % worse")]


def test_settings_are_those_of_the_sealed_recipe(tmp_path: Path) -> None:
    rows = dict(recipe_rows(record_of(tmp_path)))

    assert (rows["Architecture"], rows["Highest learning rate"], rows["Seed"]) == ("tiny", "0.001", "0")


def test_the_evidence_binds_the_page_to_the_run(tmp_path: Path) -> None:
    record = record_of(tmp_path)

    rows = dict(evidence_rows(record))

    checkpoint = record.manifests["checkpoint"]
    assert rows["Run"] == GENESIS
    assert rows["Last row"] == record.log.head
    assert rows["Log at the checkpoint"] == checkpoint.counts[LOG_HEAD]
    assert rows["Recipe of the checkpoint"] == checkpoint.fingerprint
    assert rows["Licence CC0-1.0"] == "8 documents"
    assert rows["Made with torch"] == "2.13.0"
