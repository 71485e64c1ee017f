"""MFU in the published form, against data sheets or a measured product."""

import pytest
import torch

from mypt.bench import mfu
from mypt.bench.limits import Rate, gemm_flops
from mypt.bench.mfu import MfuMeter, Peak, data_sheet_peak, mfu_meter, peak_of
from mypt.model.presets import preset
from mypt.model.size import count_matmul_weights

H100 = Peak(989.5e12, "data sheet")


def test_the_share_is_flops_over_the_peak_of_all_devices() -> None:
    assert MfuMeter(2_000, Peak(1e6, "test")).share(100) == pytest.approx(0.2)
    assert MfuMeter(2_000, Peak(1e6, "test"), n_devices=4).share(100) == pytest.approx(0.05)


def test_the_flops_of_a_token_are_6n_and_12_layers_width_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mfu, "gemm_flops", lambda *_: Rate(1e9, 1e9))
    config = preset("750M")

    meter = mfu_meter(config, torch.device("cpu"), torch.float32)

    attention = 12 * config.n_layer * config.n_embd * config.block_size
    assert meter.flops_per_token == 6 * count_matmul_weights(config) + attention


def test_103_thousand_tokens_a_second_at_750m_are_half_of_an_h100(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mfu, "peak_of", lambda *_: H100)

    meter = mfu_meter(preset("750M"), torch.device("cpu"), torch.bfloat16)

    assert meter.share(103_000) == pytest.approx(0.49, abs=0.02)


@pytest.mark.parametrize(
    ("name", "tflops"),
    [
        ("NVIDIA H100 80GB HBM3", 989.5), ("NVIDIA H100 PCIe", 756.5), ("NVIDIA H100 NVL", 835.5),
        ("NVIDIA H200", 989.5), ("NVIDIA H200 NVL", 835.5), ("NVIDIA GH200 480GB", 989.5),
        ("NVIDIA A100-SXM4-80GB", 312), ("NVIDIA L40S", 362), ("NVIDIA B200", 2250),
    ],
)  # fmt: skip
def test_known_devices_have_the_dense_rate_of_their_data_sheet(name: str, tflops: float) -> None:
    assert data_sheet_peak(name) == tflops * 1e12


def test_an_unknown_device_has_none() -> None:
    assert data_sheet_peak("NVIDIA A10G") is None
    assert data_sheet_peak("NVIDIA GB200") is None
    assert data_sheet_peak("") is None


def test_a_cpu_is_measured_in_fp32_whatever_the_model_computes_in(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def measure(dtype: torch.dtype, device: torch.device, size: int | None) -> Rate:
        assert size is None
        asked.append((dtype, device.type))
        return Rate(5e10, 1e10)

    monkeypatch.setattr(mfu, "gemm_flops", measure)

    peak = peak_of(torch.device("cpu"), torch.bfloat16)

    assert (peak.flops, peak.source) == (5e10, "an fp32 matrix product measured here")
    assert asked == [(torch.float32, "cpu")]


@pytest.mark.parametrize(
    ("name", "dtype", "expected"),
    [
        (
            "NVIDIA A100-SXM4-80GB",
            torch.bfloat16,
            Peak(312e12, "data sheet of the NVIDIA A100-SXM4-80GB, dense 16 bits"),
        ),
        ("NVIDIA A100-SXM4-80GB", torch.float32, Peak(7e13, "a float32 matrix product measured here")),
        ("Something new", torch.bfloat16, Peak(7e13, "a bfloat16 matrix product measured here")),
    ],
)
def test_a_gpu_is_looked_up_in_16_bits_and_else_measured(
    name: str, dtype: torch.dtype, expected: Peak, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: name)
    monkeypatch.setattr(mfu, "gemm_flops", lambda *_: Rate(7e13, 1e13))

    assert peak_of(torch.device("cuda"), dtype) == expected


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_measured_product_is_below_the_data_sheet() -> None:
    device = torch.device("cuda")
    published = data_sheet_peak(torch.cuda.get_device_name(device))

    measured = gemm_flops(torch.bfloat16, device, 8192).per_second

    assert published is None or 0.3 < measured / published < 1.0
