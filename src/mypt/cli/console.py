"""Printing, progress bars, and the one place where errors are shown."""

import io
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from cyclopts import CycloptsError
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mypt.errors import MyptError, UserError

err = Console(stderr=True, highlight=False, emoji=False)
"""For people: progress, notes, errors. Results are printed to stdout."""


def use_utf8() -> None:
    """Read and write UTF-8 on any system, in pipes too; other bytes pass through to whoever refuses them."""
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace")


def exit_with_errors_shown(run: Callable[[], object]) -> None:
    """Run a command and end the process with the exit code that its error has."""
    try:
        run()
    except MyptError as error:
        show_error(error)
        sys.exit(error.exit_code)
    except CycloptsError as error:
        show_error(_usage_error(error))
        sys.exit(UserError.exit_code)
    except KeyboardInterrupt:
        err.print("stopped", style="yellow")
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output, such as `head`, has gone; that is no error.
        sys.stderr.close()
        sys.exit(0)


def _usage_error(error: CycloptsError) -> UserError:
    """Say what is wrong with an argument in our own form."""
    command = " ".join(["mypt", *(error.command_chain or ())])
    message = str(error).strip()
    if isinstance(error.__cause__, ValidationError):
        problems = error.__cause__.errors()
        message = "\n".join(f"{_option(p['loc'])}: {p['msg']}, got {p['input']!r}" for p in problems)
    return UserError(message, hint=f"{command} --help")


def _option(location: tuple[int | str, ...]) -> str:
    return "--" + "-".join(str(part).replace("_", "-") for part in location)


def show_error(error: MyptError) -> None:
    """Print what went wrong and what to do next."""
    err.print(f"[bold red]error:[/] {escape(error.message)}", soft_wrap=True)
    if error.hint:
        err.print(f"\n[bold cyan]hint:[/] {escape(error.hint)}", soft_wrap=True)


def note(text: str) -> None:
    """Tell people something in passing."""
    err.print(escape(text), style="dim", soft_wrap=True)


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar while the block runs; yield what is called with (done, total)."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err) as progress:
        task = progress.add_task(title, total=None)

        def update(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield update


@contextmanager
def stop_signal() -> Iterator[Callable[[], bool]]:
    """Yield what says whether Ctrl-C or a termination was asked for; a second Ctrl-C ends at once.

    A launcher of several processes passes Ctrl-C on as a termination, which is no second one.
    """
    asked: set[int] = set()

    def ask(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        if number == signal.SIGINT and number in asked:
            raise KeyboardInterrupt
        if not asked:
            note("stopping after this step, with a checkpoint; Ctrl-C once more stops at once")
        asked.add(number)

    previous = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
