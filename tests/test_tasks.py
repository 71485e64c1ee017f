"""tasks.py: what it keeps away from pip, when it does nothing, and what the locks may say."""

import json
import re
import shutil
import sys
import tomllib
from pathlib import Path

import pytest

import tasks

ROOT = Path(__file__).parents[1]
LOCKS = {
    kind: (ROOT / "requirements" / f"{kind}.txt").read_text(encoding="utf-8") for kind in ("runtime", "dev")
}
PINNED = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("2.13.0", True),
        ("2.11.0+cpu", True),
        ("2.14.1+cu130", True),
        ("2.10.2", False),
        ("2.15.0", False),
        ("", False),
    ],
)
def test_a_torch_that_works_is_kept(version: str, *, expected: bool) -> None:
    assert tasks.is_accepted(version) is expected


def test_the_accepted_torch_is_the_one_that_the_package_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest, newest = tasks.TORCH_OLDEST, tasks.TORCH_NEWEST

    assert f"torch>={oldest[0]}.{oldest[1]},<{newest[0]}.{newest[1] + 1}" in project["dependencies"]
    assert tasks.is_accepted(tasks.TORCH.removeprefix("torch=="))


def test_an_old_python_is_told_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))

    code = tasks.main(["test"])

    assert code == 1
    assert "MyPT needs Python 3.11 or newer; this is Python 3.9" in capsys.readouterr().out


def test_a_python_without_venv_is_told_which_package_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)

    with pytest.raises(tasks.TaskError) as caught:
        tasks.make_venv()

    assert "-venv" in caught.value.hint


def test_pip_keeps_its_mirror_and_loses_what_would_lead_it_astray(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.invalid/simple")
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")

    environment = tasks.environment()

    assert environment["PIP_INDEX_URL"] == "https://mirror.invalid/simple"
    assert environment["PIP_USER"] == "0"
    assert {"PIP_TARGET", "PYTHONPATH"} & set(environment) == set()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("version = 3.11.7\n")
    monkeypatch.setattr(tasks, "ROOT", tmp_path)
    monkeypatch.setattr(tasks, "STAMP", tmp_path / ".venv" / "mypt-setup.json")
    return tmp_path


def _stamp(kind: str) -> None:
    tasks.STAMP.write_text(json.dumps({"kind": kind, "digest": tasks.digest(kind)}))


@pytest.mark.parametrize(
    ("installed", "asked", "expected"),
    [("runtime", "runtime", True), ("dev", "dev", True), ("dev", "runtime", True), ("runtime", "dev", False)],
)
@pytest.mark.usefixtures("project")
def test_what_is_installed_is_not_installed_again(installed: str, asked: str, *, expected: bool) -> None:
    _stamp(installed)

    assert tasks.is_ready(asked) is expected


@pytest.mark.parametrize("changed", ["requirements/runtime.txt", "requirements/dev.txt", ".venv/pyvenv.cfg"])
def test_a_change_of_what_was_installed_is_noticed(project: Path, changed: str) -> None:
    _stamp("dev")

    (project / changed).write_text("something else")

    assert not tasks.is_ready("dev")


def test_a_copied_environment_is_not_taken_for_ready(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _stamp("dev")
    copied = project.parent / "copy"
    shutil.copytree(project, copied)

    monkeypatch.setattr(tasks, "ROOT", copied)

    assert not tasks.is_ready("dev")


@pytest.mark.usefixtures("project")
def test_a_broken_stamp_is_no_stamp() -> None:
    tasks.STAMP.write_text("{")

    assert not tasks.is_ready("runtime")


def test_unknown_arguments_are_refused_where_nobody_takes_them(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        tasks.read_arguments(["lock", "--fast"])

    assert "--fast" in capsys.readouterr().err


@pytest.mark.parametrize("given", [["-k", "resume"], ["--", "-k", "resume"]])
def test_further_arguments_of_test_go_to_pytest(given: list[str]) -> None:
    assert tasks.read_arguments(["test", *given]).extra == ["-k", "resume"]


@pytest.mark.parametrize("kind", LOCKS)
def test_a_lock_names_no_host_and_no_path(kind: str) -> None:
    assert re.findall(r"https?:|file:|--index-url|--find-links|/\w+/\w+/", LOCKS[kind]) == []


@pytest.mark.parametrize("kind", LOCKS)
def test_every_locked_package_has_a_hash(kind: str) -> None:
    entries = re.split(r"\n(?=[a-z0-9])", LOCKS[kind].partition("\n")[2])

    unhashed = [
        entry.split()[0] for entry in entries if PINNED.match(entry) and "--hash=sha256:" not in entry
    ]

    assert unhashed == []


@pytest.mark.parametrize("kind", LOCKS)
def test_torch_and_its_gpu_libraries_are_not_locked(kind: str) -> None:
    names = {name for name, _ in PINNED.findall(LOCKS[kind])}

    assert {name for name in names if name.startswith(("torch", "nvidia", "triton", "cuda"))} == set()


def test_dev_locks_the_same_versions_as_runtime() -> None:
    runtime, dev = (set(PINNED.findall(LOCKS[kind])) for kind in ("runtime", "dev"))

    assert runtime - dev == set()


def test_every_dependency_of_the_package_is_locked_under_the_same_bound() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {line for line in project["dependencies"] if not line.startswith("torch")}
    written = (ROOT / "requirements" / "runtime.in").read_text(encoding="utf-8").splitlines()

    assert asked - set(written) == set()
