"""Several real processes of one run on this machine, forked from a server that has imported all they need."""

import multiprocessing
import os
from collections.abc import Callable
from functools import cache
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from mypt.files import read_json, write_json
from mypt.training.distributed import MEETING_FILE


@cache
def fork_server() -> ForkServerContext:
    """Return a context whose processes start within milliseconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.training.workers"])
    return context


def start_together(
    n_processes: int, work: Callable[..., Any], folder: Path, *arguments: object
) -> list[BaseProcess]:
    """Start a function in every process of a group; what each returns goes to a file of its own."""
    folder.mkdir(parents=True)
    processes: list[BaseProcess] = [
        fork_server().Process(target=_as_one_of, args=(rank, n_processes, work, folder, arguments))
        for rank in range(n_processes)
    ]
    for process in processes:
        process.start()
    return processes


def run_together(n_processes: int, work: Callable[..., Any], folder: Path, *arguments: object) -> list[Any]:
    """Run a function in every process of a group, and return what each returned, by rank."""
    processes = start_together(n_processes, work, folder, *arguments)
    for process in processes:
        process.join(180)
    assert [process.exitcode for process in processes] == [0] * n_processes
    return [read_json(folder / f"{rank}.json") for rank in range(n_processes)]


def _as_one_of(
    rank: int, n_processes: int, work: Callable[..., Any], folder: Path, arguments: tuple[object, ...]
) -> None:
    import torch

    torch.set_num_threads(1)
    numbers = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": n_processes, "LOCAL_WORLD_SIZE": n_processes}
    os.environ |= {name: str(number) for name, number in numbers.items()}
    os.environ[MEETING_FILE] = str(folder / "meeting")
    write_json(folder / f"{rank}.json", work(*arguments))
