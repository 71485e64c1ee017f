"""`mypt plan`: the page, the JSON, the exit code; and that it builds nothing."""

import json
from pathlib import Path

import pytest

from tests.cli.line import refused, run, run_process

RECIPE = {
    "kind": "pretrain",
    "dataset": "artifacts/text/dataset",
    "model": {"preset": "750M"},
    "training": {"steps": 1000, "batch_size": 12, "grad_accum_steps": 8},
}
WITHOUT_TORCH = "import sys; sys.modules['torch'] = None"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run.json").write_text(json.dumps(RECIPE), encoding="utf-8")
    return tmp_path


def add_dataset(folder: Path) -> None:
    counts = {"base_vocab_size": 50257, "tokens": {"train": 98_304_000, "val": 1000}}
    manifest = {"kind": "dataset", "recipe": {}, "fingerprint": "f", "files": {}, "counts": counts}
    path = folder / "artifacts/text/dataset/manifest.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(manifest), encoding="utf-8")


def test_a_plan_for_a_named_device_needs_no_torch(folder: Path) -> None:
    outcome = run_process(folder, "plan", "run.json", "--device", "h100", first=WITHOUT_TORCH)

    assert (outcome.code, outcome.err) == (0, "")
    assert "698,860,800" in outcome.out
    assert "not built yet" in outcome.out
    assert "fits" in outcome.out


def test_each_number_says_what_it_rests_on(folder: Path) -> None:
    assumed = run(folder, "plan", "run.json", "--device", "h100")
    given = run(folder, "plan", "run.json", "--device", "h100", "--mfu", "0.55")

    assert "40% of 989.5 TFLOP/s a device" in assumed.out
    assert "assumed: " in assumed.out
    assert "data sheet" in assumed.out
    assert "55% of 989.5 TFLOP/s a device" in given.out
    assert "given with --mfu" in given.out


def test_json_is_one_object_with_what_follows_from_others(folder: Path) -> None:
    add_dataset(folder)

    outcome = run(folder, "plan", "run.json", "--device", "h100", "--processes", "8", "--json")

    values = json.loads(outcome.out)
    assert outcome.code == 0
    assert values["machine"]["n_processes"] == 8
    assert values["work"]["tokens"] == 98_304_000
    assert values["sources"][0]["epochs"] == 1.0
    assert values["memory"]["fits"] is True
    assert values["memory"]["total_bytes"] == sum(values["memory"]["needed"].values())
    assert values["time"]["seconds"] == pytest.approx(
        values["time"]["training_seconds"] + values["time"]["validation_seconds"]
    )
    assert (
        values["disk"]["needed_bytes"] == (values["disk"]["n_kept"] + 1) * 12 * 698_860_800 + 4 * 698_860_800
    )
    assert {note["level"] for note in values["notes"]} == {"warning"}


def test_what_cannot_work_ends_with_1_and_says_what_to_lower(folder: Path) -> None:
    outcome = run(folder, "plan", "run.json", "--device", "rtx4090")

    assert outcome.code == 1
    assert "DOES NOT FIT" in outcome.out
    assert "--set training.batch_size=" in outcome.out


def test_settings_can_be_tried_before_they_are_written_down(folder: Path) -> None:
    tried = ("--set", "training.batch_size=2", "--set", "training.grad_accum_steps=48")

    outcome = run(folder, "plan", "run.json", "--device", "rtx4090", *tried)

    assert outcome.code == 0
    assert "1,000 of 98,304 tokens" in outcome.out


def test_this_machine_is_measured(folder: Path) -> None:
    small = ("--set", 'model.preset="tiny"', "--set", "training.precision=fp32")

    outcome = run(folder, "plan", "run.json", "--device", "cpu", *small, "--json")

    assert "measured here" in json.loads(outcome.out)["machine"]["peak_origin"]


def test_an_unknown_device_lists_those_there_are(folder: Path) -> None:
    outcome = run(folder, "plan", "run.json", "--device", "h1000")

    assert "did you mean `h100`" in refused(outcome, 2)


def test_a_recipe_that_trains_nothing_is_refused(folder: Path) -> None:
    (folder / "corpus.json").write_text('{"kind": "corpus", "sources": []}', encoding="utf-8")

    assert "describes no training" in refused(run(folder, "plan", "corpus.json", "--device", "h100"), 2)


@pytest.mark.parametrize("share", ["0", "1.5"])
def test_a_share_is_above_0_and_up_to_1(folder: Path, share: str) -> None:
    outcome = run(folder, "plan", "run.json", "--device", "h100", "--mfu", share)

    assert "expected a share" in refused(outcome, 2)
