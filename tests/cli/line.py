"""A tiny bilingual line in a folder of its own, and the real command line run in it."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from mypt.cli.app import build_app
from mypt.cli.console import exit_with_errors_shown

CORPUS = "artifacts/tiny/corpus"
DATASET = "artifacts/tiny/dataset"
RUN = "artifacts/tiny/pretrain"
MODEL = f"{RUN}/model"

BUILD_CORPUS = ("corpus", "build", "configs/corpus/tiny.json")
BUILD_DATASET = ("dataset", "build", "configs/dataset/tiny.json")
PRETRAIN = ("pretrain", "configs/base/tiny.json")

N_DOCUMENTS = 8
_SENTENCES = {
    "de": "Die Würde des Menschen ist zu achten und zu schützen. Jede Person hat das Recht auf Leben. ",
    "en": "Human dignity must be respected and protected. Every person has the right to life. ",
}
_LICENCES = {"de": "CC0-1.0", "en": "LicenseRef-Internal"}
_MODEL = {"preset": "tiny", "n_layer": 2, "n_embd": 32, "n_head": 2, "block_size": 32}
_TRAINING = {
    "steps": 12, "batch_size": 2, "learning_rate": 3e-3, "warmup_steps": 2, "precision": "fp32",
    "validate_every": 6, "validation_windows": 4, "checkpoint_every": 4, "seed": 5,
}  # fmt: skip


class Outcome(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


def text_files() -> dict[str, str]:
    """Return path → content of the texts that the line starts from."""
    return {
        f"texts/{language}/{number}.{'md' if number % 2 else 'txt'}": f"# {language} {number}\n\n"
        + "".join(f"{number}-{line}: {sentence}" for line in range(8 + number))
        for language, sentence in _SENTENCES.items()
        for number in range(N_DOCUMENTS // 2)
    }


def recipes() -> dict[str, dict[str, Any]]:
    """Return path → recipe of each step."""
    sources = [
        {
            "kind": "folder",
            "name": name,
            "path": f"texts/{name}",
            "licence": _LICENCES[name],
            "language": name,
        }
        for name in _SENTENCES
    ]
    return {
        BUILD_CORPUS[-1]: {"kind": "corpus", "sources": sources},
        BUILD_DATASET[-1]: {
            "kind": "dataset", "corpus": CORPUS, "tokenizer": "character", "val_fraction": 0.2,
            "licences": {"allow": ["LicenseRef-Internal"]},
        },
        PRETRAIN[-1]: {"kind": "pretrain", "dataset": DATASET, "model": _MODEL, "training": _TRAINING},
    }  # fmt: skip


def write_line(folder: Path) -> Path:
    """Write texts and recipes into a folder."""
    for name, content in [*text_files().items(), *((n, json.dumps(r)) for n, r in recipes().items())]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def make_line(folder: Path) -> Path:
    """Write a line and run its three steps."""
    write_line(folder)
    for command in (BUILD_CORPUS, BUILD_DATASET, PRETRAIN):
        outcome = run(folder, *command)
        assert outcome.code == 0, outcome.err
    return folder


def run(folder: Path, *tokens: str, stdin: str = "") -> Outcome:
    """Run a command in this process, as if it had been typed in a folder."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    typed = mock.patch.object(sys, "stdin", io.StringIO(stdin))
    with chdir(folder), redirect_stdout(out), redirect_stderr(err), typed:
        try:
            exit_with_errors_shown(lambda: build_app()(tokens))
        except SystemExit as end:
            code = int(end.code or 0)
    return Outcome(code, out.getvalue(), err.getvalue())


def start_process(
    folder: Path, *tokens: str, first: str = "", env: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """Start a command in a process of its own, after the code `first`."""
    code = f"{first}\nfrom mypt.cli.app import main\nmain()"
    return subprocess.Popen(
        [sys.executable, "-c", code, *tokens], cwd=folder, env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip


def run_process(folder: Path, *tokens: str, first: str = "", env: Mapping[str, str] | None = None) -> Outcome:
    """Run a command in a process of its own to its end."""
    with start_process(folder, *tokens, first=first, env=env) as process:
        out, err = process.communicate(timeout=120)
    return Outcome(process.returncode, out, err)


def refused(outcome: Outcome, code: int) -> str:
    """Return the error that was shown: one, with a hint, no traceback and no result."""
    assert outcome.code == code, outcome
    assert outcome.out == ""
    assert outcome.err.count("error: ") == 1, outcome.err
    assert outcome.err.count("hint: ") == 1, outcome.err
    assert "Traceback" not in outcome.err
    return outcome.err.partition("error: ")[2]


def contents(folder: Path) -> dict[str, bytes]:
    """Return path → bytes of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def left_behind(folder: Path) -> list[str]:
    """Return every hidden file and folder: where half-written things would lie."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob(".*"))
