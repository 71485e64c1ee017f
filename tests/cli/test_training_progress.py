"""A training run as people see it."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from mypt.bench import mfu
from mypt.bench.limits import Rate
from mypt.bench.mfu import MfuMeter, Peak
from mypt.cli.training_progress import ProgressObserver, recipe_meter, training_progress
from mypt.conversation.special_tokens import model_vocab_size
from mypt.model.size import flops_per_token
from mypt.tokenizer.character import CharacterTokenizer
from mypt.tokenizer.registry import save_tokenizer
from mypt.training.gold import GoldConfig, decide
from mypt.training.observers import Observer
from tests.training.runs import HISTORY, NAN, make_recipe, make_step, make_validation

METER = MfuMeter(flops_per_token=1_000, peak=Peak(8e6, "a test"))


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Return what is on the terminal after some events."""

    def show(tell: Callable[[ProgressObserver], None], meter: MfuMeter | None = None) -> str:
        make_meter = None if meter is None else lambda: meter
        with training_progress(make_meter) as observer:
            observer.on_start(0, 12)
            tell(observer)
        out, err = capsys.readouterr()
        assert out == ""
        return " ".join(err.split())

    return show


def test_bar_and_facts_are_on_stderr(shown: Callable[..., str]) -> None:
    def tell(observer: ProgressObserver) -> None:
        observer.on_step(make_step(4, loss=2.5, tokens=1000, seconds=9.0))
        observer.on_step(make_step(5, loss=2.0, tokens=2000, seconds=0.5, data_seconds=0.095, stage="first"))
        observer.on_validation(make_validation(5, held_out=3.0))

    text = shown(tell, METER)

    assert "training" in text
    assert "5/12" in text
    assert "loss 2.000 2,000 tokens/s MFU 25.0% data wait 1.1% stage first held-out 3.000 bits/byte" in text
    assert "MFU: 6N + 12LdT a token, of 0.00 TFLOP/s (a test)" in text


def test_without_a_meter_there_is_no_mfu(shown: Callable[..., str]) -> None:
    def tell(observer: ProgressObserver) -> None:
        observer.on_step(make_step(4, tokens=1000))
        observer.on_step(make_step(5, tokens=2000))

    text = shown(tell)

    assert "4,000 tokens/s data wait 4.0%" in text
    assert "MFU" not in text


def test_the_speed_is_that_of_recent_steps(shown: Callable[..., str]) -> None:
    def tell(observer: ProgressObserver) -> None:
        for step in range(1, 100):
            observer.on_step(make_step(step, tokens=100 * step, seconds=10.0 if step < 70 else 0.1))

    assert "1,000 tokens/s" in shown(tell)


def test_a_first_step_alone_has_no_speed_yet(shown: Callable[..., str]) -> None:
    text = shown(lambda observer: observer.on_step(make_step(1)))

    assert "tokens/s" not in text
    assert "loss 2.500 data wait 4.0% stage all" in text


def test_a_validation_before_the_first_step_is_shown(shown: Callable[..., str]) -> None:
    text = shown(lambda observer: observer.on_validation(make_validation(0, held_out=8.0)))

    assert text.endswith("held-out 8.000 bits/byte")


@pytest.mark.parametrize(
    ("verdict", "why"),
    [
        ("nonfinite", "the loss or its gradient is no number (loss nan)"),
        ("spike", "is far above the last steps"),
    ],
)
def test_a_bad_step_is_noted(verdict: str, why: str, shown: Callable[..., str]) -> None:
    text = shown(lambda observer: observer.on_step(make_step(7, loss=NAN, verdict=verdict)))

    assert "step 7: the loss or its gradient" in text
    assert why in text
    assert "its update is left out" in text


def test_fp16_looking_for_its_scale_is_no_news(shown: Callable[..., str]) -> None:
    assert "step 7" not in shown(lambda observer: observer.on_step(make_step(7, verdict="overflow")))


def test_a_new_gold_is_noted_and_a_rejected_checkpoint_is_not(shown: Callable[..., str]) -> None:
    def tell(observer: ProgressObserver) -> None:
        for decision in decide(HISTORY, GoldConfig()):
            observer.on_event({"event": "gold", **asdict(decision)})

    text = shown(tell)

    assert "step 300: new GOLD, 2.400 bits/byte on held-out text" in text
    assert "step 600" not in text
    assert text.endswith(" GOLD 300")


def test_stages_and_rollbacks_are_noted(shown: Callable[..., str]) -> None:
    def tell(observer: ProgressObserver) -> None:
        observer.on_event({"event": "stage", "step": 0, "name": "general"})
        observer.on_event({"event": "stage", "step": 3, "name": "[bold]domain"})
        observer.on_event({"event": "rollback", "step": 9, "to_step": 5, "data_offset": 4})
        observer.on_event({"event": "end", "step": 12})

    text = shown(tell)

    assert "step 3: stage [bold]domain begins" in text
    assert "general" not in text
    assert "step 9: back to step 5; the data in between is passed over" in text


def test_a_run_that_goes_on_says_from_where(capsys: pytest.CaptureFixture[str]) -> None:
    with training_progress() as observer:
        observer.on_start(4, 12)

    err = capsys.readouterr().err
    assert "going on from the checkpoint at step 4" in err
    assert "4/12" in err


def test_a_new_run_says_nothing_of_checkpoints(shown: Callable[..., str]) -> None:
    assert "checkpoint" not in shown(lambda _: None)


def test_a_run_that_is_at_its_end_measures_no_machine() -> None:
    with training_progress(lambda: pytest.fail("measured")) as observer:
        observer.on_start(12, 12)


def test_the_bar_is_an_observer_of_the_run() -> None:
    with training_progress() as observer:
        assert isinstance(observer, Observer)


def test_the_meter_of_a_recipe_counts_the_vocabulary_of_its_dataset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mfu, "gemm_flops", lambda *_: Rate(1e9, 1e9))
    tokenizer = CharacterTokenizer("abc")
    save_tokenizer(tmp_path, tokenizer)
    recipe = make_recipe().model_copy(update={"dataset": str(tmp_path)})

    meter = recipe_meter(recipe)

    config = recipe.model.with_vocabulary(model_vocab_size(tokenizer))
    assert meter.flops_per_token == flops_per_token(config, config.block_size).conventional_training_flops
    assert (meter.peak.flops, meter.n_devices) == (1e9, 1)
