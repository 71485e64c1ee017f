"""A process that reads tasks from its standard input, one a line, and answers each with a line."""

import json
import os
import signal
from dataclasses import asdict
from queue import SimpleQueue
from threading import Thread
from typing import TextIO

from mypt.execution.failure import attempt
from mypt.execution.task import Task


def main() -> None:
    """Run tasks until the input ends, be it in the middle of one: then whoever started this is dead.

    What a task prints goes to the standard error. Ctrl-C is answered by whoever started this.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, answers = _private_pipes()
    lines: SimpleQueue[str] = SimpleQueue()
    Thread(target=_read, args=(source, lines), daemon=True).start()
    while True:
        failure = attempt(Task.from_row(json.loads(lines.get())))
        answers.write(json.dumps(asdict(failure) if failure else None) + "\n")
        answers.flush()


def _private_pipes() -> tuple[TextIO, TextIO]:
    """Return input and output where neither a print nor a program that a task starts can touch them."""
    source = os.fdopen(os.dup(0), encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return source, answers


def _read(source: TextIO, lines: SimpleQueue[str]) -> None:
    for line in source:
        lines.put(line)
    os._exit(0)


if __name__ == "__main__":
    main()
