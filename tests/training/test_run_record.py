"""What a run left behind: read back as it was reported, and refused when it is not whole."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from mypt.errors import InputError, ManifestMismatch
from mypt.files import canonical_json
from mypt.training.gold import GoldConfig, decide
from mypt.training.metrics_log import MetricsLog, read_rows, verify
from mypt.training.reports import PartLoss
from mypt.training.run_folder import RunFolder
from mypt.training.run_record import Rollback, read_log, read_run
from tests.training.runs import GENESIS, HISTORY, NAN, make_run, make_step, make_validation


def test_reports_come_back_as_they_were_given(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")

    log = read_run(run.path).log

    assert log.validations == HISTORY
    assert log.steps == tuple(make_step(step) for step in range(10, 601, 10))
    assert log.gold == tuple(decide(HISTORY, GoldConfig()))
    assert (log.n_rows, log.genesis, log.is_finished) == (verify(run.metrics), GENESIS, True)
    assert log.head == list(read_rows(run.metrics))[-1]["chain"]


def test_recipe_and_thresholds_are_those_of_the_newest_checkpoint(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", overfit_ratio=1.7)

    record = read_run(run.path)

    assert record.gold_config.overfit_ratio == 1.7
    assert record.recipe["dataset"] == "artifacts/tiny/dataset"


def test_a_run_without_a_checkpoint_has_no_thresholds_yet(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl", GENESIS)
    log.on_validation(make_validation(0, held_out=8.0))
    log.flush()

    record = read_run(tmp_path)

    assert record.recipe == {}
    with pytest.raises(InputError, match="has no checkpoint yet"):
        _ = record.gold_config


def test_a_folder_without_a_log_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"metrics\.jsonl: cannot be read"):
        read_run(tmp_path)


def test_a_broken_chain_is_refused(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    run.metrics.write_bytes(run.metrics.read_bytes().replace(b'"tokens":5120,', b'"tokens":5121,', 1))

    with pytest.raises(ManifestMismatch, match="the chain is broken"):
        read_run(run.path)


def test_a_log_cut_before_the_newest_checkpoint_is_refused(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", has_ended=False)
    lines = run.metrics.read_bytes().splitlines(keepends=True)
    run.metrics.write_bytes(b"".join(lines[:-1]))

    with pytest.raises(
        ManifestMismatch, match=rf"metrics\.jsonl:{len(lines)}: the row that the newest checkpoint"
    ):
        read_run(run.path)


def logged(path: Path, *events: dict[str, object]) -> MetricsLog:
    log = MetricsLog(path / "metrics.jsonl", GENESIS)
    for event in events:
        log.on_event(event)
    log.flush()
    return log


def test_what_a_rollback_undid_is_gone_but_for_the_bad_steps(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl", GENESIS)
    log.on_step(make_step(1))
    log.on_step(make_step(2))
    log.on_validation(make_validation(2, held_out=3.0))
    bad = make_step(3, loss=50.0, verdict="spike")
    log.on_step(bad)
    log.on_event({"event": "rollback", "step": 3, "to_step": 1, "data_offset": 2})
    log.on_step(make_step(2, loss=0.5))
    log.flush()

    record = read_run(tmp_path).log

    assert [(step.step, step.loss) for step in record.steps] == [(1, make_step(1).loss), (2, 0.5)]
    assert record.validations == ()
    assert (record.bad_steps, record.rollbacks) == ((bad,), (Rollback(3, 1),))
    assert not record.is_finished


def test_null_comes_back_as_not_a_number(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl", GENESIS)
    log.on_step(make_step(1, loss=NAN, verdict="nonfinite"))
    log.on_validation(replace(make_validation(1, held_out=NAN), parts={"think": PartLoss(NAN, 0.0, 3)}))
    log.flush()

    record = read_run(tmp_path).log

    assert math.isnan(record.steps[0].loss)
    assert math.isnan(record.validations[0].held_out.bits_per_byte)
    assert math.isnan(record.validations[0].parts["think"].nats_per_token)
    assert record.validations[0].parts["think"].n_tokens == 3


@pytest.mark.parametrize(
    "row",
    [
        {"event": "step", "step": 1},
        {"event": "step", "step": "one", "loss": 1.0},
        {"event": "validation", "step": 1, "categories": []},
        {"event": "validation", "step": 1, "categories": {"held_out": {"bits_per_byte": 1}}},
        {"event": "gold", "step": 1, "is_gold": "perhaps"},
        {"event": "rollback", "step": 1},
        {"step": 1},
    ],
    ids=canonical_json,
)
def test_a_chained_row_that_is_no_report_is_refused_with_its_line(row: dict[str, object]) -> None:
    rows = [{"event": "begin", "step": 0, "run": GENESIS, "chain": "a"}, {**row, "chain": "b"}]

    with pytest.raises(ManifestMismatch, match="log:2: not a row"):
        read_log(rows, "log")


def test_events_of_later_versions_are_passed_over(tmp_path: Path) -> None:
    logged(tmp_path, {"event": "weather", "step": 1, "sky": "blue"})

    assert read_run(tmp_path).log.n_rows == 2


def test_a_validation_without_held_out_text_is_refused(tmp_path: Path) -> None:
    logged(tmp_path, {"event": "validation", "step": 1, "categories": {}})

    with pytest.raises(ManifestMismatch, match=r"metrics\.jsonl:2: not a row"):
        read_run(tmp_path)


def test_the_newest_checkpoint_counts_and_a_model_only_without_one(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")

    assert list(read_run(run.path).manifests) == ["checkpoint"]
    (run.checkpoints / "step-00000600").rename(RunFolder(tmp_path / "run").model)
    assert list(read_run(run.path).manifests) == ["model"]
