"""Devices and precisions by name."""

import pytest
import torch

from mypt.errors import ConfigError
from mypt.training.precision import cpu_has_fast_bf16, make_scaler, resolve_device, resolve_precision

CPU = torch.device("cpu")


def test_a_named_precision_is_kept() -> None:
    assert [resolve_precision(name, CPU) for name in ("fp32", "bf16", "fp16")] == ["fp32", "bf16", "fp16"]


def test_auto_is_bf16_only_where_the_processor_is_fast_at_it() -> None:
    assert resolve_precision("auto", CPU) == ("bf16" if cpu_has_fast_bf16() else "fp32")


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
def test_a_gpu_that_is_not_there_is_refused_with_a_hint() -> None:
    assert resolve_device("auto") == CPU
    with pytest.raises(ConfigError, match="no usable GPU") as caught:
        resolve_device("cuda")
    assert "device=auto" in caught.value.hint


def test_only_fp16_scales_the_loss() -> None:
    assert make_scaler("fp16", CPU).is_enabled()
    assert not make_scaler("bf16", CPU).is_enabled()
