"""`mypt doctor`: what this machine can do, checked and not assumed."""

import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import torch

from mypt import __version__
from mypt.errors import MyptError
from mypt.files import write_atomic
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from mypt.tokenizer.tokenizer import decode
from mypt.training.precision import cpu_has_fast_bf16, resolve_device, resolve_precision

_GIB = 2**30
_PROBE = "Grüezi, offline! 🦉"
_TORCH_FROM, _TORCH_BELOW = (2, 11), (2, 15)


class Finding(NamedTuple):
    """One line of the report."""

    topic: str
    is_good: bool
    text: str


def doctor() -> None:
    """Say what this machine can do; end with 1 when something that MyPT needs is missing."""
    findings = list(_findings())
    for finding in findings:
        print(f"{'ok ' if finding.is_good else 'BAD'}  {finding.topic:<12} {finding.text}")
    if not all(finding.is_good for finding in findings):
        sys.exit(1)


def _findings() -> Iterator[Finding]:
    yield Finding("mypt", is_good=True, text=f"{__version__} on Python {platform.python_version()}")
    version = tuple(int(part) for part in torch.__version__.split(".")[:2])
    supported = _TORCH_FROM <= version < _TORCH_BELOW
    yield Finding("torch", supported, f"{torch.__version__} (supported: 2.11 to 2.14)")
    yield _processor()
    yield _gpu()
    memory = psutil.virtual_memory()
    yield Finding(
        "memory", is_good=True, text=f"{memory.available / _GIB:.1f} of {memory.total / _GIB:.1f} GiB free"
    )
    yield _checked("disk", _disk)
    yield _checked("vocabulary", _vocabulary)
    device = resolve_device("auto")
    precision = resolve_precision("auto", device)
    yield Finding("training", is_good=True, text=f"`auto` means {precision} on {device.type}")


def _processor() -> Finding:
    bf16 = "fast bf16" if cpu_has_fast_bf16() else "no fast bf16, so training computes in fp32"
    cores = psutil.cpu_count(logical=False) or psutil.cpu_count()
    text = f"{platform.machine()}, {cores} cores, {torch.get_num_threads()} threads, {bf16}"
    return Finding("processor", is_good=True, text=text)


def _gpu() -> Finding:
    if not torch.cuda.is_available():
        return Finding("gpu", is_good=True, text="none; small models train on the processor")
    memory = torch.cuda.get_device_properties(0).total_memory / _GIB
    return Finding("gpu", is_good=True, text=f"{torch.cuda.get_device_name(0)}, {memory:.0f} GiB")


def _checked(topic: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(topic, is_good=True, text=check())
    except (MyptError, OSError) as error:
        return Finding(topic, is_good=False, text=str(error))


def _disk() -> str:
    probe = Path("artifacts") / ".doctor"
    write_atomic(probe, b"writable\n")
    probe.unlink()
    free = shutil.disk_usage(probe.parent).free
    return f"{free / _GIB:.1f} GiB free, artifacts/ is writable"


def _vocabulary() -> str:
    tokenizer = Gpt2Bpe()
    ids = tokenizer.encode(_PROBE)
    if decode(tokenizer, ids) != _PROBE:
        raise MyptError(f"{_PROBE!r} does not survive the GPT-2 vocabulary")
    return f"GPT-2 vocabulary as published, {len(ids)} ids for {_PROBE!r}"
