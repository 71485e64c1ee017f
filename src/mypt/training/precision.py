"""Where and in which numbers a run computes; master weights are fp32 in all of them."""

import torch

from mypt.errors import ConfigError

DTYPES: dict[str, torch.dtype] = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def resolve_device(name: str) -> torch.device:
    """Return the device of a setting; ConfigError when it is not on this machine."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cuda" and not torch.cuda.is_available():
        raise ConfigError(
            "training.device=cuda, but this machine has no usable GPU",
            hint="--set training.device=auto; `mypt doctor` says what this machine can do",
        )
    return torch.device(name)


def resolve_precision(name: str, device: torch.device) -> str:
    """Return `auto` as bf16 where the device multiplies it faster than fp32, else as fp32."""
    if name != "auto":
        return name
    fast = torch.cuda.is_bf16_supported() if device.type == "cuda" else cpu_has_fast_bf16()
    return "bf16" if fast else "fp32"


def cpu_has_fast_bf16() -> bool:
    """Say whether this CPU has bf16 matrix instructions that torch uses."""
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def make_scaler(precision: str, device: torch.device) -> torch.amp.GradScaler:
    """Return the loss scaler that fp16 needs; for other precisions it does nothing."""
    return torch.amp.GradScaler(device.type, enabled=precision == "fp16")
