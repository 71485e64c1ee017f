"""Training on several processes of this machine: started together, ended together, spoken for by one."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mypt.cli.console import err
from mypt.errors import InputError
from mypt.training.distributed import MEETING_FILE, is_main_process

Processes = Annotated[
    int, Parameter(help="Start so many processes on this machine, one for each GPU; they train as one.")
]

_PATIENCE_S = 60.0
"""How long the others may take to end after one has failed."""


def start_processes(n_processes: int) -> None:
    """Run this very command in several processes and exit as the main one does; return where one is enough.

    A process that is one of several already, by this or by `torchrun`, goes on by itself.
    Raises InputError for fewer than one.
    """
    if n_processes < 1:
        raise InputError(f"--processes {n_processes}: at least one is needed")
    if n_processes == 1 or "RANK" in os.environ:
        return
    with tempfile.TemporaryDirectory(prefix="mypt-") as folder:
        command = [sys.executable, "-m", "mypt", *sys.argv[1:]]
        environments = [_environment(rank, n_processes, Path(folder)) for rank in range(n_processes)]
        processes = [subprocess.Popen(command, env=environment) for environment in environments]  # noqa: S603
        with _passing_on_signals(processes):
            code = _wait_for(processes)
    sys.exit(code)


@contextmanager
def one_speaks() -> Iterator[bool]:
    """Yield whether this process speaks for all; the others are silent, also about errors that all share."""
    speaks = is_main_process()
    if not speaks:
        err.quiet = True
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    yield speaks


def _environment(rank: int, n_processes: int, folder: Path) -> dict[str, str]:
    """Say to a process what `torchrun` would say, and where all of them meet: in a file, not at a port."""
    threads = max(1, (os.cpu_count() or 1) // n_processes)
    names = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": n_processes, "LOCAL_WORLD_SIZE": n_processes}
    said = {name: str(number) for name, number in names.items()}
    return {"OMP_NUM_THREADS": str(threads), **os.environ, **said, MEETING_FILE: str(folder / "meeting")}


@contextmanager
def _passing_on_signals(processes: Sequence[subprocess.Popen[bytes]]) -> Iterator[None]:
    """Hand a termination to every process; Ctrl-C reaches them by itself, from the terminal."""

    def terminate(*_: object) -> None:
        for process in processes:
            process.terminate()

    previous = {
        signal.SIGTERM: signal.signal(signal.SIGTERM, terminate),
        signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
    }
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _wait_for(processes: Sequence[subprocess.Popen[bytes]]) -> int:
    """Return the exit code of the main process, or of the first that failed; end those that wait in vain."""
    failed: int | None = None
    deadline = float("inf")
    while any(process.poll() is None for process in processes):
        codes = [process.poll() for process in processes]
        if failed is None and any(codes):
            failed = next(code for code in codes if code)
            deadline = time.monotonic() + _PATIENCE_S
        if time.monotonic() > deadline:
            for process in processes:
                process.kill()
        time.sleep(0.05)
    return processes[0].returncode or failed or next((p.returncode for p in processes if p.returncode), 0)
