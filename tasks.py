"""Set up, check, test and try MyPT with nothing but Python: `python tasks.py --help`.

Everything is installed into `.venv` beside this file, and nowhere else. The file runs on any Python
since 3.7, so that an old one gets a sentence and not a traceback.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "mypt-setup.json"

TORCH = "torch==2.13.0"
TORCH_OLDEST, TORCH_NEWEST = (2, 11), (2, 14)
LOCKING_TOOL = "uv>=0.13"

# What comes as source is built with the setuptools that runtime.txt pins, never with one just downloaded.
INSTALL_LOCKED = ("install", "--require-hashes", "--no-build-isolation", "--requirement")

CHECKS = {
    "format": ["ruff", "format", "--check", "--quiet", "."],
    "lint": ["ruff", "check", "--quiet", "."],
    "types": ["mypy"],
    "floors": ["lint-imports", "--no-logo"],
    "spelling": ["codespell"],
}

LEFTOVERS = (
    ".hypothesis", ".import_linter_cache", ".mypy_cache", ".pytest_cache", ".ruff_cache", "build", "dist",
)  # fmt: skip

# Settings that say where pip finds packages are the machine's business and stay. These would change
# what is installed, or where to, and belong to other projects.
REDIRECTING = (
    "PIP_BUILD_CONSTRAINT", "PIP_CONSTRAINT", "PIP_DRY_RUN", "PIP_EDITABLE", "PIP_FORCE_REINSTALL",
    "PIP_IGNORE_INSTALLED", "PIP_NO_BUILD_ISOLATION", "PIP_NO_DEPS", "PIP_PRE", "PIP_PREFIX", "PIP_PYTHON",
    "PIP_REQUIREMENT", "PIP_REQUIRE_HASHES", "PIP_ROOT", "PIP_TARGET", "PIP_UPGRADE", "PIP_USER",
)  # fmt: skip


class TaskError(Exception):
    """A task cannot go on; the message says why and the hint what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def main(arguments: list[str] | None = None) -> int:
    """Run one task and return its exit code."""
    try:
        require_python(sys.version_info[:2])
        options = read_arguments(arguments)
        return TASKS[options.task](options)
    except TaskError as error:
        say(f"error: {error}")
        if error.hint:
            say(f"hint:  {error.hint}")
        return 1
    except KeyboardInterrupt:
        return 130


def require_python(version: tuple[int, ...]) -> None:
    """Raise TaskError when this Python is too old for MyPT."""
    if version < (3, 11):
        found = ".".join(map(str, version))
        raise TaskError(
            f"MyPT needs Python 3.11 or newer; this is Python {found} ({sys.executable})",
            "run it with a newer one: python3.11 tasks.py test, or make test PYTHON=python3.11",
        )


def read_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """Return the task and its options; what `demo` and `test` do not know is theirs to pass on."""
    commands = parser()
    options, extra = commands.parse_known_args(arguments)
    options.extra = extra[1:] if extra[:1] == ["--"] else extra
    if options.extra and options.task not in ("demo", "test"):
        commands.error(f"{options.task}: unexpected {' '.join(options.extra)}")
    return options


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    whole = argparse.ArgumentParser(
        prog="python tasks.py",
        description="Set up, check, test and try MyPT. The first call makes .venv, which takes minutes;"
        " later calls start at once. pip's own settings (PIP_INDEX_URL, proxies, ...) are honoured.",
        epilog="A torch that is already in .venv is kept when it is 2.11 to 2.14: to use a build for your"
        " machine (CPU only, CUDA, ROCm), make .venv and install it there first. See CONTRIBUTING.md.",
        allow_abbrev=False,
    )
    tasks = whole.add_subparsers(dest="task", metavar="TASK", required=True)
    texts = {name: run.__doc__ or "" for name, run in TASKS.items()}
    made = {
        name: tasks.add_parser(name, help=text, description=text, allow_abbrev=False)
        for name, text in texts.items()
    }
    made["setup"].add_argument(
        "--runtime", action="store_true", help="only what running needs, no test tools"
    )
    made["lock"].add_argument("--upgrade", action="store_true", help="take the newest versions allowed")
    made["clean"].add_argument("--venv", action="store_true", help="remove .venv too")
    made["demo"].epilog = "Further arguments go to `mypt demo`."
    made["test"].epilog = "Further arguments go to pytest: python tasks.py test -k resume"
    return whole


def demo(options: argparse.Namespace) -> int:
    """Install what running needs, then run `mypt demo`."""
    ensure_environment("runtime")
    return run([script("mypt"), "demo", *options.extra])


def test(options: argparse.Namespace) -> int:
    """Run every check, then every test."""
    ensure_environment("dev")
    results = [run_check(name) for name in CHECKS]
    started = time.monotonic()
    code = run([script("pytest"), "-n", "auto", "--dist", "loadfile", *options.extra])
    return summarize([*results, ("tests", code, time.monotonic() - started)])


def check(_options: argparse.Namespace) -> int:
    """Run format, lint, types, floors and spelling checks."""
    ensure_environment("dev")
    return summarize([run_check(name) for name in CHECKS])


def fix(_options: argparse.Namespace) -> int:
    """Let ruff repair what it can."""
    ensure_environment("dev")
    codes = [run([script("ruff"), "check", "--fix", "."]), run([script("ruff"), "format", "."])]
    return max(codes)


def setup(options: argparse.Namespace) -> int:
    """Make .venv and install everything that is locked."""
    ensure_environment("runtime" if options.runtime else "dev")
    say(f"{VENV} is ready")
    return 0


def docs(_options: argparse.Namespace) -> int:
    """Write docs/reference/ anew from the code."""
    ensure_environment("dev")
    return run([venv_python(), ROOT / "docs" / "generate.py"])


def lock(options: argparse.Namespace) -> int:
    """Resolve requirements/*.in into requirements/*.txt, with hashes."""
    ensure_venv()
    pip(["install", LOCKING_TOOL])
    for kind in ("runtime", "dev"):
        command: list[str | Path] = [
            venv_python(), "-m", "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes",
            "--python-version", "3.11", "--no-emit-index-url", "--custom-compile-command",
            "python tasks.py lock", *(["--upgrade"] if options.upgrade else []),
            f"{kind}.in", "--output-file", f"{kind}.txt",
        ]  # fmt: skip
        if run(command, folder=ROOT / "requirements") != 0:
            raise TaskError(f"requirements/{kind}.in could not be resolved", "the lines above say why")
        say(f"wrote requirements/{kind}.txt")
    return 0


def clean(options: argparse.Namespace) -> int:
    """Remove caches and build leftovers; recipes, artifacts and .venv stay."""
    folders = [ROOT / name for name in LEFTOVERS]
    folders += [found for top in ("src", "tests", "docs") for found in (ROOT / top).rglob("__pycache__")]
    folders += [ROOT / "__pycache__", *(ROOT / "src").glob("*.egg-info"), *([VENV] if options.venv else [])]
    for folder in folders:
        if folder.is_dir():
            shutil.rmtree(folder)
            say(f"removed {folder.relative_to(ROOT)}")
    return 0


TASKS = {
    "demo": demo, "test": test, "check": check, "fix": fix,
    "setup": setup, "docs": docs, "lock": lock, "clean": clean,
}  # fmt: skip


def ensure_environment(kind: str) -> None:
    """Make .venv hold what `kind` (runtime or dev) needs; return at once when it already does."""
    if is_ready(kind):
        return
    started = time.monotonic()
    ensure_venv()
    STAMP.unlink(missing_ok=True)
    ensure_torch()
    # After torch: where its plain dependencies came in other versions, the locks have the last word.
    for name in ("runtime", "dev") if kind == "dev" else ("runtime",):
        say(f"installing the locked {name} packages")
        pip([*INSTALL_LOCKED, str(ROOT / "requirements" / f"{name}.txt")])
    pip(["install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    STAMP.write_text(json.dumps({"kind": kind, "digest": digest(kind)}), encoding="utf-8")
    say(f"installed in {time.monotonic() - started:.0f} s\n")


def is_ready(kind: str) -> bool:
    """Say whether the stamp proves that this environment is installed; dev contains runtime."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
        return stamp["kind"] in (kind, "dev") and stamp["digest"] == digest(stamp["kind"])
    except (OSError, ValueError, KeyError):
        return False


def digest(kind: str) -> str:
    """Bind what was asked for, by which Python, and where: a moved or copied .venv is not ready."""
    names = ["pyproject.toml", "requirements/runtime.txt", ".venv/pyvenv.cfg"]
    names += ["requirements/dev.txt"] if kind == "dev" else []
    whole = hashlib.sha256(f"{ROOT}\n{TORCH}\n".encode())
    for name in names:
        whole.update(hashlib.sha256((ROOT / name).read_bytes()).digest())
    return whole.hexdigest()


def ensure_venv() -> None:
    """Make .venv unless there is one whose Python runs; then see that it has pip."""
    if not succeeds([venv_python(), "-c", ""]):
        make_venv()
    if not succeeds([venv_python(), "-m", "pip", "--version"]):
        say("adding pip to .venv")
        if run([venv_python(), "-m", "ensurepip"]) != 0:
            raise TaskError(f"{VENV} has no pip and none can be added", "remove .venv and run this again")


def make_venv() -> None:
    """Make an empty .venv; TaskError names the package to install where Python came without venv."""
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        version = ".".join(map(str, sys.version_info[:2]))
        raise TaskError(
            f"this Python ({sys.executable}) cannot make virtual environments: venv or ensurepip is missing",
            f"on Debian and Ubuntu: sudo apt install python{version}-venv",
        )
    say(f"making {VENV} with Python {sys.version.split()[0]}")
    if run([sys.executable, "-m", "venv", "--clear", VENV]) != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        raise TaskError(f"{VENV} could not be made", "the lines above say why")


def ensure_torch() -> None:
    """Install torch unless an accepted one is there; its builds differ by machine, so none is locked."""
    found = installed_torch()
    if is_accepted(found):
        say(f"keeping torch {found}")
        return
    say(f"installing {TORCH} (one large download)")
    pip(["install", TORCH], is_quiet=not sys.stdout.isatty())


def installed_torch() -> str:
    """Return the version of torch in .venv, or nothing."""
    question = (
        "import importlib.metadata as m; print(*[d.version for d in m.distributions(name='torch')][:1])"
    )
    command = [str(venv_python()), "-c", question]
    answer = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    return answer.stdout.strip()


def is_accepted(version: str) -> bool:
    """Say whether MyPT runs on this version of torch."""
    numbers = re.match(r"(\d+)\.(\d+)", version)
    return numbers is not None and TORCH_OLDEST <= tuple(map(int, numbers.groups())) <= TORCH_NEWEST


def pip(arguments: list[str], *, is_quiet: bool = True) -> None:
    """Run pip in .venv; TaskError when it fails."""
    arguments = [*arguments, "--disable-pip-version-check", *(["-qq"] if is_quiet else [])]
    if run([venv_python(), "-m", "pip", *arguments]) != 0:
        raise TaskError(
            f"pip could not finish: pip {' '.join(arguments)}",
            "the lines above say why. Without a way to the package index, set PIP_INDEX_URL to a mirror or"
            " PIP_FIND_LINKS to a folder of wheels; torch has builds for 64-bit Python 3.11 to 3.14",
        )


def run_check(name: str) -> tuple[str, int, float]:
    """Run one check, showing what it says only when it fails."""
    started = time.monotonic()
    command = [str(script(CHECKS[name][0])), *CHECKS[name][1:]]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode != 0:
        say(f"--- {name}: {' '.join(CHECKS[name])}")
        sys.stdout.buffer.write(done.stdout)
        sys.stdout.flush()
    return name, done.returncode, time.monotonic() - started


def summarize(results: list[tuple[str, int, float]]) -> int:
    """Print one line a step and return 1 when any failed."""
    say("")
    for name, code, seconds in results:
        say(f"{name:10} {'ok' if code == 0 else 'FAILED':8} {seconds:6.1f} s")
    return int(any(code != 0 for _, code, _ in results))


def run(command: list[str | Path], folder: Path = ROOT) -> int:
    """Run a command with its output shown and return its exit code."""
    return subprocess.run(list(map(str, command)), cwd=folder, env=environment(), check=False).returncode


def succeeds(command: list[str | Path]) -> bool:
    """Say whether a command can be started and ends well, in silence."""
    try:
        done = subprocess.run(list(map(str, command)), env=environment(), capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def environment() -> dict[str, str]:
    """Return the caller's environment without what would lead Python or pip astray."""
    kept = {key: value for key, value in os.environ.items() if key.upper() not in REDIRECTING}
    for name in ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__"):
        kept.pop(name, None)
    return {**kept, "PIP_USER": "0"}


def venv_python() -> Path:
    """Return the path of .venv's Python."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def script(name: str) -> Path:
    """Return the path of a command installed in .venv."""
    return VENV / (f"Scripts/{name}.exe" if os.name == "nt" else f"bin/{name}")


def say(text: str) -> None:
    """Print a line at once, so that it stands in order with what commands print."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
