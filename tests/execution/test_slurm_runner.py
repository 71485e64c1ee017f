"""Arrays share the tasks out and tell what failed in them: of a stand-in for `sbatch`, and of a real one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mypt.errors import ConfigError, InputError, MyptError
from mypt.execution import slurm_runner
from mypt.execution.local import LocalRunner
from mypt.execution.slurm_runner import SlurmRunner, run_element
from tests.execution.work import digests, half_made, results, task

SBATCH = """#!{python}
import os, subprocess, sys
options = dict(word[2:].partition("=")[::2] for word in sys.argv[1:] if word.startswith("--"))
script = next(place for place, word in enumerate(sys.argv) if place and not word.startswith("--"))
if options.get("partition") == "none":
    sys.exit("sbatch: error: invalid partition specified: none")
with open({log!r}, "a") as log:
    print(*sys.argv[1:], file=log)
print("77;cluster", flush=True)
codes = []
for number in range(int(options["array"].partition("%")[0].partition("-")[2]) + 1):
    environment = {{**os.environ, "SLURM_ARRAY_TASK_ID": str(number)}}
    log = options["output"].replace("%a", str(number)).replace("%%", "%")
    with open(log, "w") as out:
        command, place = ["/bin/sh", *sys.argv[script:]], options["chdir"]
        codes.append(subprocess.run(command, env=environment, cwd=place, stdout=out, stderr=out).returncode)
sys.exit(max(map(abs, codes)))
"""


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a stand-in for `sbatch` and `scancel` on the path; return the file of what they were asked."""
    log = tmp_path / "asked.txt"
    programs = {
        "sbatch": SBATCH.format(python=sys.executable, log=str(log)),
        "scancel": f'#!/bin/sh\necho "cancel $1" >> "{log}"\n',
    }
    (tmp_path / "bin").mkdir()
    for name, text in programs.items():
        (tmp_path / "bin" / name).write_text(text, encoding="utf-8")
        (tmp_path / "bin" / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    monkeypatch.setattr(slurm_runner, "_LOOK_EVERY_S", 0.05)
    return log


def test_an_array_does_every_task_once_with_the_options_of_the_site(tmp_path: Path, asked: Path) -> None:
    tasks = [task(tmp_path / "a store, 100%", str(n)) for n in range(3)]
    seen: list[tuple[int, int]] = []

    with SlurmRunner(2, ("--partition=cpu", "--mem=0")) as runner:
        runner.run(tasks, lambda done, total: seen.append((done, total)))
        runner.run(tasks)

    assert results(tasks) == [str(n) * 1000 for n in range(3)]
    assert seen[-1] == (3, 3)
    (line,) = asked.read_text(encoding="utf-8").splitlines()
    assert "--array=0-2%2 " in line
    assert line.index("--mem=1024M") < line.index("--partition=cpu --mem=0")
    assert half_made(tmp_path / "a store, 100%") == []


def test_an_element_runs_several_tasks_where_there_are_many(
    tmp_path: Path, asked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slurm_runner, "MOST_ELEMENTS", 2)
    tasks = [task(tmp_path / "store", str(n)) for n in range(5)]

    with SlurmRunner(0) as runner:
        runner.run(tasks)

    assert results(tasks) == [str(n) * 1000 for n in range(5)]
    assert "--array=0-1 " in asked.read_text(encoding="utf-8")


@pytest.mark.usefixtures("asked")
def test_the_first_error_by_place_comes_back_with_its_log(tmp_path: Path) -> None:
    tasks = [task(tmp_path, "a"), task(tmp_path, "b", "fail"), task(tmp_path, "c", "fail")]

    with SlurmRunner(1) as runner, pytest.raises(InputError, match="cannot do b") as caught:
        runner.run(tasks)

    log = Path(caught.value.message.partition("log: ")[2].rstrip(")"))
    assert "a library" not in log.read_text(encoding="utf-8")
    assert caught.value.hint == "try another"
    assert tasks[0].is_done()


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(("name", "shown"), [("bug", "ZeroDivisionError"), ("die", "without a result")])
def test_an_element_that_dies_shows_the_end_of_its_log(tmp_path: Path, name: str, shown: str) -> None:
    with (
        SlurmRunner(1) as runner,
        pytest.raises(MyptError, match=r"(?s)without a result.*0\.log.*") as caught,
    ):
        runner.run([task(tmp_path, "a", name)])

    assert shown in caught.value.message


@pytest.mark.usefixtures("asked")
def test_what_slurm_says_is_passed_on_when_it_refuses(tmp_path: Path) -> None:
    with (
        SlurmRunner(1, ("--partition=none",)) as runner,
        pytest.raises(ConfigError, match="invalid partition"),
    ):
        runner.run([task(tmp_path, "a")])


def test_a_job_is_cancelled_when_nobody_waits_for_it_any_more(tmp_path: Path, asked: Path) -> None:
    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    tasks = [task(tmp_path, "a"), task(tmp_path, "b", "slow", seconds=1)]

    with SlurmRunner(1) as runner, pytest.raises(KeyboardInterrupt):
        runner.run(tasks, stop)

    assert asked.read_text(encoding="utf-8").endswith("cancel 77\n")


def test_an_element_stops_at_its_first_failure_and_notes_it(tmp_path: Path) -> None:
    tasks = [task(tmp_path / "s", str(n), "fail" if n == 2 else "write") for n in range(5)]
    slurm_runner._write_tasks(tasks, tmp_path)

    failures = [run_element(tmp_path, 2, element) for element in (0, 1)]

    assert [one.is_done() for one in tasks] == [True, True, False, True, False]
    assert [failure is not None for failure in failures] == [True, False]
    assert [path.name for path in tmp_path.glob("*.failure.json")] == ["2.failure.json"]


def _answers() -> bool:
    return (
        bool(shutil.which("sinfo"))
        and subprocess.run(["sinfo"], capture_output=True, check=False).returncode == 0
    )


@pytest.mark.slow
@pytest.mark.skipif(not _answers(), reason="needs a Slurm that answers")
def test_a_real_slurm_gives_the_same_results(tmp_path: Path) -> None:
    there = [task(tmp_path / "slurm", str(n)) for n in range(6)]
    here = [task(tmp_path / "local", str(n)) for n in range(6)]

    with SlurmRunner(0, ("--mem=0",)) as slurm, LocalRunner(2) as local:
        slurm.run(there)
        local.run(here)
        with pytest.raises(InputError, match="cannot do b"):
            slurm.run([task(tmp_path / "slurm", "b", "fail")])

    assert digests(there) == digests(here)
