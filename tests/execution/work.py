"""What tasks of the tests do."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from mypt.errors import InputError
from mypt.execution.task import DONE_NAME, STAGING_NAME, Task


def write(arguments: Mapping[str, Any], folder: Path) -> None:
    """Write a text, and print something, as libraries do."""
    print("a library says something")  # noqa: T201
    (folder / "out.txt").write_text(str(arguments["text"]) * 1000, encoding="utf-8")


def sign(arguments: Mapping[str, Any], folder: Path) -> None:  # noqa: ARG001
    """Write which process did it."""
    (folder / "out.txt").write_text(str(os.getpid()), encoding="utf-8")


def slow(arguments: Mapping[str, Any], folder: Path) -> None:
    """Write half, wait, and write the other half."""
    (folder / "out.txt").write_text("half", encoding="utf-8")
    time.sleep(arguments["seconds"])
    write(arguments, folder)


def fail(arguments: Mapping[str, Any], folder: Path) -> None:
    """Raise an error of ours after having written something."""
    (folder / "out.txt").write_text("half", encoding="utf-8")
    raise InputError(f"cannot do {arguments['text']}", hint="try another")


def bug(arguments: Mapping[str, Any], folder: Path) -> None:  # noqa: ARG001
    """Raise what only a bug raises."""
    raise ZeroDivisionError


def die(arguments: Mapping[str, Any], folder: Path) -> None:  # noqa: ARG001
    """End as a process does that the system kills for its memory."""
    os.kill(os.getpid(), signal.SIGKILL)


def large(arguments: Mapping[str, Any], folder: Path) -> None:  # noqa: ARG001
    """Write more than a small disk takes."""
    import numpy as np  # the other tests need no such slow import

    np.save(folder / "out.npy", np.arange(100_000))


def nested(arguments: Mapping[str, Any], folder: Path) -> None:
    """Write into a folder of the folder."""
    (folder / "deep").mkdir()
    write(arguments, folder / "deep")


def start_a_program(arguments: Mapping[str, Any], folder: Path) -> None:
    """Start a program that prints, and reads its input to the end."""
    subprocess.run([sys.executable, "-c", "import sys; print(sys.stdin.read())"], check=True)
    write(arguments, folder)


def come_second(arguments: Mapping[str, Any], folder: Path) -> None:
    """Put the result in its place as another process would that was faster."""
    write(arguments, folder)
    shutil.copytree(folder, arguments["output"])
    (Path(arguments["output"]) / DONE_NAME).write_bytes(b"{}")


def task(store: Path, text: str, name: str = "write", **arguments: Any) -> Task:
    """Return a task of one of these."""
    values = {"text": text, **arguments}
    return Task(f"tests.execution.work:{name}", values, values, store)


def started_by(pid: int | None = None) -> list[psutil.Process]:
    """Return the processes that a process has started, without those that multiprocessing keeps."""
    return [one for one in psutil.Process(pid).children() if "multiprocessing" not in _command(one)]


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:  # it has ended meanwhile
        return ""


def results(tasks: Sequence[Task]) -> list[str]:
    """Return what each task wrote."""
    return [(one.output / "out.txt").read_text(encoding="utf-8") for one in tasks]


def digests(tasks: Sequence[Task]) -> dict[str, bytes]:
    """Return the sealed digests of each task by its name."""
    return {one.key: (one.output / DONE_NAME).read_bytes() for one in tasks}


def half_made(store: Path) -> list[Path]:
    """Return what lies in the staging area of a store."""
    return sorted((store / STAGING_NAME).glob("*"))
