"""Processes that add to a workspace, started quickly from one that has everything loaded."""

import multiprocessing
import os
import time
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

from mypt.workspace.workspace import Workspace
from tests.workspace.fakes import plain_text

_CONTEXT: ForkServerContext = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.workspace.processes"])


def start_adding(workspace: Path, docs: Path, log: Path) -> BaseProcess:
    """Return a process that adds a folder; the log says `start`, each id once it is kept, and `end`."""
    process = _CONTEXT.Process(target=_add, args=(workspace, docs, log))
    process.start()
    return process


def _add(path: Path, docs: Path, log: Path) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(descriptor, b"start\n")
    with Workspace.create(path, plain_text) as workspace:
        for added in workspace.adding([docs], owner="ann", readers=["bob"]):
            os.write(descriptor, f"{added.document_id}\n".encode())
    os.write(descriptor, b"end\n")


def wait_for(n_lines: int, log: Path) -> None:
    """Return when a process has written so many lines: its start, then the documents that are kept."""
    end = time.monotonic() + 60
    while not log.exists() or log.read_text(encoding="utf-8").count("\n") < n_lines:
        if time.monotonic() > end:
            raise TimeoutError(log)
        time.sleep(0.001)
