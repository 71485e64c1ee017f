"""The processes of a run: always a group, also when there is only one.

`torchrun` says in the environment who a process is; without it a process is
the only one. Control messages go over gloo between CPUs, so that no step waits
for a GPU to learn, for example, that it is asked to stop.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
import torch.distributed as dist

from mypt.errors import ConfigError, MyptError
from mypt.training.precision import resolve_device

T = TypeVar("T")

MEETING_FILE = "MYPT_MEETING_FILE"
"""Environment variable with the path at which the processes of one machine find each other."""

_LOOPBACK = {"linux": "lo", "darwin": "lo0"}


@dataclass(frozen=True)
class World:
    """Who this process is among all of a run."""

    rank: int
    size: int
    device: torch.device
    checkpoints: dist.ProcessGroup
    """A gloo group of its own for writing checkpoints, whose messages must not meet those of steps."""

    @property
    def is_main(self) -> bool:
        """Say whether this is the process that writes and speaks."""
        return self.rank == 0

    def gather(self, items: list[T]) -> list[T]:
        """Return the items of all processes, in the order of ranks."""
        if self.size == 1:
            return items
        parts: list[list[T]] = [[] for _ in range(self.size)]
        dist.all_gather_object(parts, items)
        return [item for part in parts for item in part]

    def any(self, flag: bool) -> bool:  # noqa: FBT001
        """Say whether any process says so."""
        return any(self.gather([flag]))

    def on_main(self, work: Callable[[], T]) -> T:
        """Let the main process do something, and return its result, or raise its error, everywhere."""
        outcome: list[Any] = [None, None]
        if self.is_main:
            try:
                outcome[0] = work()
            except MyptError as error:
                outcome[1] = error
                if self.size == 1:
                    raise
        if self.size > 1:
            dist.broadcast_object_list(outcome)
        if outcome[1] is not None:
            raise outcome[1]
        result: T = outcome[0]
        return result


@contextmanager
def process_group(device: str) -> Iterator[World]:
    """Join the processes of this run while the block runs; a group that exists is used as it is.

    Raises ConfigError when the device is not on this machine.
    """
    started = not dist.is_initialized()
    where = _own_device(device)
    if started:
        _start(where)
    try:
        yield World(
            rank=dist.get_rank(),
            size=dist.get_world_size(),
            device=where,
            checkpoints=dist.new_group(backend="gloo"),
        )
    finally:
        if started:
            dist.destroy_process_group()


def world_size() -> int:
    """Return the number of processes that `torchrun` started, or 1."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_main_process() -> bool:
    """Say whether this process speaks for all, before there is a group."""
    return os.environ.get("RANK", "0") == "0"


def _own_device(name: str) -> torch.device:
    device = resolve_device(name)
    if device.type != "cuda":
        return device
    number = int(os.environ.get("LOCAL_RANK", "0"))
    if number >= torch.cuda.device_count():
        raise ConfigError(
            f"process {number} has no GPU of its own: this machine has {torch.cuda.device_count()}",
            hint="start fewer processes: torchrun --nproc-per-node N -m mypt ...",
        )
    torch.cuda.set_device(number)
    return torch.device("cuda", number)


def _start(device: torch.device) -> None:
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
    is_one_machine = os.environ.get("LOCAL_WORLD_SIZE", "1") == os.environ.get("WORLD_SIZE", "1")
    if is_one_machine and sys.platform in _LOOPBACK:
        # Gloo needs no other address then, and must not ask the network for one.
        os.environ.setdefault("GLOO_SOCKET_IFNAME", _LOOPBACK[sys.platform])
    rank, size = int(os.environ.get("RANK", "0")), world_size()
    if MEETING_FILE in os.environ:
        meeting: Any = dist.FileStore(os.environ[MEETING_FILE], size)  # type: ignore[attr-defined]
        dist.init_process_group(backend, store=meeting, rank=rank, world_size=size)
    elif "RANK" in os.environ:
        dist.init_process_group(backend)
    else:
        alone: Any = dist.HashStore()  # type: ignore[attr-defined]
        dist.init_process_group(backend, store=alone, rank=0, world_size=1)
