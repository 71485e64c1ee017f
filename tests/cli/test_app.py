"""The table of commands: each is there, says what it does, and costs nothing before it runs."""

import importlib
import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mypt import __version__
from mypt.cli.app import COMMANDS, GROUPS
from tests.cli.line import run, start_process

LIGHT = ("mypt.cli.corpus", "mypt.cli.dataset", "mypt.cli.config", "mypt.cli.trace")

every_command = pytest.mark.parametrize("name", COMMANDS)


def words(text: str) -> str:
    """Return text without its line breaks and frames."""
    return " ".join(text.replace("│", " ").split())


@every_command
def test_every_command_is_a_function_that_says_what_it_does(name: str) -> None:
    module, _, function = COMMANDS[name].target.partition(":")

    command = getattr(importlib.import_module(module), function)

    assert inspect.isfunction(command)
    assert (command.__doc__ or "").partition("\n")[0].endswith(".")


@every_command
def test_every_command_explains_itself_without_running(name: str, tmp_path: Path) -> None:
    outcome = run(tmp_path, *name.split(), "--help")

    assert outcome.code == 0
    assert f"Usage: mypt {name}" in outcome.out
    assert words(COMMANDS[name].summary) in words(outcome.out)
    assert list(tmp_path.iterdir()) == []


def test_help_names_every_command_and_says_which_value_wins(tmp_path: Path) -> None:
    outcome = run(tmp_path, "--help")

    top = {name.split()[0] for name in COMMANDS}
    assert outcome.code == 0
    assert {name for name in top if f"│ {name} " not in outcome.out} == set()
    assert "--set key=value" in words(outcome.out)


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_alone_lists_its_commands(group: str, tmp_path: Path) -> None:
    outcome = run(tmp_path, group)

    leaves = {name.split()[1] for name in COMMANDS if name.startswith(f"{group} ")}
    assert leaves
    assert {leaf for leaf in leaves if f"│ {leaf} " not in outcome.out} == set()


@pytest.mark.parametrize(
    "tokens",
    [
        ["frobnicate"],
        ["corpus", "frobnicate"],
        ["corpus", "build"],
        ["doctor", "--frobnicate"],
        ["generate", "Art.", "--temperature", "warm"],
        ["generate", "Art.", "--top-p", "2"],
        ["bench", "train", "--device", "abacus"],
    ],
    ids=" ".join,
)
def test_a_command_that_is_not_understood_ends_with_2_and_no_traceback(
    tokens: list[str], tmp_path: Path
) -> None:
    outcome = run(tmp_path, *tokens)

    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.startswith("error: ")
    assert "hint: mypt" in outcome.err
    assert "Traceback" not in outcome.err


def test_the_version_is_printed(tmp_path: Path) -> None:
    assert run(tmp_path, "--version").out == f"{__version__}\n"


def test_help_and_the_data_commands_import_no_torch(tmp_path: Path) -> None:
    code = f"""
import importlib, sys
from mypt.cli.app import main
try:
    sys.argv = ["mypt", "--help"]
    main()
except SystemExit as end:
    assert not end.code, end
[importlib.import_module(name) for name in {LIGHT}]
print(sorted(name for name in sys.modules if name.partition(".")[0] == "torch"))
"""

    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        cwd=tmp_path,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_module_is_the_command(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mypt", "--version"], capture_output=True, text=True, check=False, cwd=tmp_path
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, f"{__version__}\n", "")


def test_a_reader_that_has_gone_is_no_error(tmp_path: Path) -> None:
    with start_process(tmp_path, "config", "schema", "pretrain") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()

        assert process.stderr.read() == ""
    assert process.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="arguments are always text there")
def test_bytes_that_are_no_text_are_refused_on_any_system(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mypt", "corpus", "build", b"gr\xfcezi.json"],
        capture_output=True, check=False, cwd=tmp_path, env={**os.environ, "PYTHONIOENCODING": "latin-1"},
    )  # fmt: skip

    assert done.returncode == 2
    assert done.stderr.startswith(b"error: ")
    assert b"Traceback" not in done.stderr
