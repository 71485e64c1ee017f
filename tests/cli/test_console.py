"""Errors shown in one place, in one form; signals; progress for people on stderr."""

import io
import os
import signal
import sys
from collections.abc import Callable

import pytest

from mypt.cli.console import (
    exit_with_errors_shown,
    note,
    progress_bar,
    show_error,
    stop_signal,
    use_utf8,
)
from mypt.errors import (
    CheckpointError,
    ConfigError,
    InputError,
    LossDiverged,
    ManifestMismatch,
    MyptError,
    StorageFull,
)

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="a process cannot signal itself there")


def failing(error: BaseException) -> Callable[[], object]:
    def fail() -> object:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MyptError("x"), 1),
        (ConfigError("x"), 2),
        (InputError("x"), 2),
        (ManifestMismatch("x"), 3),
        (CheckpointError("x"), 3),
        (StorageFull("x"), 3),
        (LossDiverged("x"), 4),
    ],
)
def test_every_error_ends_the_process_with_its_code(error: MyptError, code: int) -> None:
    with pytest.raises(SystemExit) as end:
        exit_with_errors_shown(failing(error))

    assert end.value.code == code


def test_an_error_is_shown_with_what_to_do_and_nothing_on_stdout(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        exit_with_errors_shown(failing(InputError("notes.md: empty", hint="write something")))

    assert capsys.readouterr() == ("", "error: notes.md: empty\n\nhint: write something\n")


def test_without_a_hint_there_is_only_the_error(capsys: pytest.CaptureFixture[str]) -> None:
    show_error(MyptError("odd"))

    assert capsys.readouterr().err == "error: odd\n"


@pytest.mark.parametrize(
    "message",
    [
        "sources[0].path: [bold]x[/]",
        r"C:\texts\[old]\a.md",
        "a:warning:b",
        "x" * 300,
        "Grüße\n  zweite Zeile",
    ],
)
def test_messages_are_shown_to_the_letter(message: str, capsys: pytest.CaptureFixture[str]) -> None:
    show_error(MyptError(message, hint=message))
    note(message)

    assert capsys.readouterr().err == f"error: {message}\n\nhint: {message}\n{message}\n"


def test_ctrl_c_ends_with_130_and_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        exit_with_errors_shown(failing(KeyboardInterrupt()))

    assert end.value.code == 130
    assert capsys.readouterr().err == "stopped\n"


def test_a_reader_that_has_gone_ends_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())

    with pytest.raises(SystemExit) as end:
        exit_with_errors_shown(failing(BrokenPipeError()))

    assert end.value.code == 0


def test_anything_else_is_a_bug_and_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        exit_with_errors_shown(failing(ZeroDivisionError()))


def test_progress_goes_to_stderr_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("corpus") as progress:
        progress(3, 8)

    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("corpus ")
    assert "3/8" in err


@needs_signals
def test_the_first_ctrl_c_asks_for_a_stop_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with stop_signal() as should_stop:
        before = should_stop()
        os.kill(os.getpid(), signal.SIGINT)

        assert (before, should_stop()) == (False, True)
    assert "with a checkpoint" in capsys.readouterr().err


@needs_signals
def test_the_second_ctrl_c_ends_at_once() -> None:
    with stop_signal():
        os.kill(os.getpid(), signal.SIGINT)

        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


@needs_signals
def test_a_termination_after_ctrl_c_is_no_second_one() -> None:
    with stop_signal() as should_stop:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)

        assert should_stop()


def test_afterwards_signals_mean_what_they_meant_before() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    with stop_signal():
        assert signal.getsignal(signal.SIGINT) != before[0]

    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_output_is_utf_8_whatever_the_system_prefers(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))

    use_utf8()
    sys.stdout.write("Grüezi 🦉\n")
    sys.stdout.flush()

    assert written.getvalue() == "Grüezi 🦉\n".encode()


def test_input_that_is_no_utf_8_can_be_read_and_refused_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"gr\xfcezi\n"), encoding="ascii"))

    use_utf8()

    assert sys.stdin.readline() == "gr\udcfcezi\n"
