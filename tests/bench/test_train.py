"""The measurement of training, on shapes that take no time."""

import pytest
import torch

from mypt.bench import limits, shapes
from mypt.bench.timing import Spread
from mypt.bench.train import BenchConfig, TrainingSpeed, measure_training
from mypt.errors import ConfigError
from mypt.model.size import count_parameters, flops_per_token, training_flops_per_token

TINY = shapes.SHAPES["char-2M"].model_copy(
    update={"n_layer": 1, "n_embd": 16, "n_head": 2, "block_size": 8, "vocab_size": 16}
)


@pytest.fixture(autouse=True)
def _only_tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "SHAPES", {"tiny": TINY})
    monkeypatch.setattr(limits, "_SIZE", 16)


def measure(**setting: object) -> TrainingSpeed:
    quick = {"preset": "tiny", "device": "cpu", "precision": "fp32", "steps": 3, "warmup": 1}
    return measure_training(BenchConfig.model_validate({**quick, **setting}))


def test_every_auto_is_resolved_in_what_is_reported() -> None:
    setting = measure(precision="auto").setting

    assert (setting.device, setting.compile, setting.batch_size, setting.sequence) == ("cpu", "off", 1, 8)
    assert setting.precision in ("fp32", "bf16")


def test_tokens_per_second_are_those_of_a_step_over_its_seconds() -> None:
    speed = measure(batch_size=3, sequence=6, grad_accum_steps=2)

    assert speed.parameters == count_parameters(TINY)
    assert speed.tokens_per_second.median == pytest.approx(3 * 6 * 2 / speed.step_seconds.median)
    assert speed.step_seconds.p10 <= speed.step_seconds.median <= speed.step_seconds.p90
    assert speed.warmup_seconds > 0
    assert 0 <= speed.data_wait_share < 1


def test_both_forms_of_mfu_are_over_the_product_of_the_same_process() -> None:
    speed = measure(sequence=6)

    rate = speed.tokens_per_processor_second
    assert rate is not None
    assert speed.flops_per_token_published == flops_per_token(TINY, 6).conventional_training_flops
    assert speed.flops_per_token_exact == training_flops_per_token(TINY, 6)
    assert speed.mfu_published == pytest.approx(rate * speed.flops_per_token_published / speed.peak_flops)
    assert speed.mfu_exact == pytest.approx(rate * speed.flops_per_token_exact / speed.peak_flops)
    assert "in this process" in speed.peak_source


@pytest.mark.parametrize(
    "setting",
    [
        {"packed": True, "sequence": 8, "batch_size": 4},
        {"precision": "bf16"},
        {"optimizer": "muon"},
        {"activation_checkpointing": "full"},
        {"dropout": 0.1},
    ],
)
def test_every_way_of_training_can_be_measured(setting: dict[str, object]) -> None:
    speed = measure(**setting)

    assert speed.tokens_per_second.median > 0
    assert all(getattr(speed.setting, name) == value for name, value in setting.items())


def test_memory_is_that_of_the_process() -> None:
    speed = measure()

    assert 50e6 < speed.peak_memory_bytes < 50e9


def test_peers_are_timed_beside_ours_with_a_ratio() -> None:
    speed = measure(peers="llama,gpt2")

    assert [peer.name for peer in speed.peers] == ["llama", "gpt2"]
    for peer in speed.peers:
        assert isinstance(peer.ours_over_peer, Spread)
        assert peer.ours_over_peer.median > 0
        assert peer.ours_over_peer_by_processor is not None
        assert peer.tokens_per_second.median == pytest.approx(8 / peer.step_seconds.median)
    assert "transformers" in speed.machine


@pytest.mark.skipif(torch.cuda.is_available(), reason="has a GPU")
def test_a_gpu_that_is_not_there_is_an_error_and_no_guess() -> None:
    with pytest.raises(ConfigError, match="no usable GPU"):
        measure(device="cuda")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"fp8": True}, "no 8-bit matrix products"),
        ({"peers": "llama", "packed": True}, "whole rows"),
        ({"peers": "llama", "precision": "fp16"}, "fp32 or bf16"),
        ({"preset": "huge"}, "no such shape"),
    ],
)
def test_what_cannot_be_measured_is_refused(setting: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        measure(**setting)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_reports_its_own_memory_and_no_processor_time() -> None:
    speed = measure(device="cuda", precision="bf16")

    assert speed.tokens_per_processor_second is None
    assert 0 < speed.peak_memory_bytes < 10e9
