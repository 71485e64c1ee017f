"""`mypt demo`: the whole line on the shipped texts, here with a model too small to say anything."""

import re
import signal
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from mypt.cli import demo
from mypt.evaluation.gate import BucketVerdict, GateReport
from mypt.sft.phases import phase
from mypt.sft.run import PhaseResult
from mypt.training.run import train
from tests.cli.line import Outcome, contents, refused, run

ROOT = Path(__file__).parents[2]
SMALL = (
    "model.n_layer=2", "model.n_embd=32", "model.n_head=2", "model.block_size=64", "training.steps=6",
    "training.warmup_steps=1", "training.batch_size=2", "training.validation_windows=2",
)  # fmt: skip


def run_demo(out: Path, *more: str, folder: Path = ROOT) -> Outcome:
    settings = [token for setting in (*SMALL, *more) for token in ("--set", setting)]
    return run(folder, "demo", "--no-sft", "--out", str(out), *settings)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that the demo of this module fills."""
    return tmp_path_factory.mktemp("demo") / "out"


@pytest.fixture(scope="module")
def shown(out: Path) -> Outcome:
    """Return what the first run showed."""
    return run_demo(out)


def test_the_summary_says_what_was_made_and_where(shown: Outcome, out: Path) -> None:
    assert shown.code == 0, shown.err
    assert f"corpus   {out}/corpus   69 documents, licences LicenseRef-CH-URG-Art5" in shown.out
    assert re.search(rf"dataset  {out}/dataset   [\d,]+ tokens to learn, [\d,]+ held out", shown.out)
    assert re.search(rf"model    {out}/pretrain/model   [\d,]+ parameters, 6 steps", shown.out)
    assert all((out / name / "manifest.json").is_file() for name in ("corpus", "dataset", "pretrain/model"))


def test_the_summary_says_how_well_held_out_text_was_predicted_before_and_after(shown: Outcome) -> None:
    found = re.search(r"bits per byte: (\d+\.\d+) before, (\d+\.\d+) after \((-?\d+)% less\)", shown.out)

    assert found is not None
    assert 0 < float(found[2]) < float(found[1])


def test_the_model_speaks_german_and_english(shown: Outcome) -> None:
    for language, prompt in (("DE", "1 Der Bundesrat"), ("EN", "1 The Federal Council")):
        sample = shown.out.partition(f"A sample in {language}")[2].split("\n\n")[0]

        assert f"| {prompt}" in sample
        assert len(sample) > 200


def test_the_commands_named_as_next_are_valid(shown: Outcome, out: Path) -> None:
    following = shown.out.partition("Next:\n")[2].splitlines()

    assert [row.split()[1] for row in following] == ["generate", "trace", "chat", "report", "config"]
    assert run(ROOT, "trace", str(out / "pretrain" / "model")).code == 0
    assert f"mypt trace {out}/pretrain/model" in following[1]


def test_progress_and_the_commands_it_stands_for_go_to_stderr(shown: Outcome) -> None:
    for number in range(1, 5):
        assert f"{number}/5 " in shown.err

    assert "$ mypt corpus build configs/corpus/demo.json" in shown.err
    assert "4/5" in shown.err
    assert "6/6" in shown.err


def test_a_second_run_finds_everything_and_says_the_same(shown: Outcome, out: Path) -> None:
    before = contents(out)

    again = run_demo(out)

    assert again.code == 0
    assert contents(out) == before
    assert re.sub(r"Done in \d+", "", again.out) == re.sub(r"Done in \d+", "", shown.out)


def test_other_settings_train_another_model_in_the_same_place(shown: Outcome, out: Path) -> None:
    assert shown.code == 0
    corpus = (out / "corpus" / "documents-00000.parquet").stat().st_mtime_ns

    again = run_demo(out, "training.steps=4")

    assert again.code == 0, again.err
    assert "parameters, 4 steps" in again.out
    assert (out / "corpus" / "documents-00000.parquet").stat().st_mtime_ns == corpus


def test_ctrl_c_stops_with_a_checkpoint_and_130(
    shown: Outcome, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shown.code == 0

    def train_and_interrupt(*arguments: object, should_stop: Callable[[], bool], **options: object) -> object:
        signal.raise_signal(signal.SIGINT)
        return train(*arguments, should_stop=should_stop, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(demo, "train", train_and_interrupt)

    stopped = run_demo(out, "training.seed=77")

    assert (stopped.code, stopped.out) == (130, "")
    assert "the same command goes on from there" in stopped.err


def test_the_summary_says_of_each_bucket_how_it_fared_after_each_phase() -> None:
    def after(number: int, *buckets: BucketVerdict) -> PhaseResult:
        report = GateReport(phase=number, model="", suites={}, passed=False, buckets=buckets)
        return cast(PhaseResult, SimpleNamespace(phase=phase(number), gate=report))

    def verdict(name: str, n_passed: int, *, passed: bool) -> BucketVerdict:
        return BucketVerdict(
            bucket=name, n_passed=n_passed, n_cases=72, lower=0, upper=1, threshold=0.5, passed=passed,
            by_language={}, failures=(),
        )  # fmt: skip

    lines = demo._gate_lines(
        [
            after(1, verdict("echo", 70, passed=True)),
            after(2, verdict("echo", 9, passed=False), verdict("operators.copy", 3, passed=False)),
        ]
    )

    assert "gates that open: none" in lines[0]
    assert [line.split() for line in lines[1:]] == [
        ["echo", "70/72", "9/72!"],
        ["operators.copy", "-", "3/72!"],
    ]


def test_elsewhere_it_says_where_to_run_it(tmp_path: Path) -> None:
    message = refused(run_demo(tmp_path / "out", folder=tmp_path), 2)

    assert "configs/corpus/demo.json" in message
    assert "run the demo in the folder that holds README.md" in message
    assert list(tmp_path.iterdir()) == []


def test_a_mistyped_setting_is_refused(out: Path, shown: Outcome) -> None:
    before = contents(out)

    message = refused(run_demo(out, "training.stepz=1"), 2)

    assert "did you mean `steps`?" in message
    assert shown.code == 0
    assert contents(out) == before
