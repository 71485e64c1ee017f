"""Tasks as a job array of Slurm, over a disk that all nodes share."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

from mypt.errors import ConfigError
from mypt.execution.failure import Failure, attempt, raise_first
from mypt.execution.in_order import Progress, Tally, left_to_do, require_result
from mypt.execution.task import DONE_NAME, TASK_MEMORY, Task, make_staging

MOST_ELEMENTS = 1000
"""Larger arrays are refused by many sites; an element runs several tasks then."""

_LOOK_EVERY_S = 1.0
_SHOWN_OF_A_LOG = 2000

_SCRIPT = '#!/bin/sh\nexec "$@" "$SLURM_ARRAY_TASK_ID"\n'
"""What to run are its arguments, so that no path is ever read by a shell."""


@dataclass
class SlurmRunner:
    """Submits one array for each list of tasks, and waits for it."""

    n_workers: int
    """Elements at a time; 0 leaves it to Slurm."""
    options: tuple[str, ...] = ()

    def __enter__(self) -> "SlurmRunner":
        """Raise ConfigError where there is no Slurm."""
        if shutil.which("sbatch") is None:
            raise ConfigError(
                "runner=slurm: there is no `sbatch` here", hint="run it on a node that submits jobs"
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def run(self, tasks: Sequence[Task], progress: Progress | None = None) -> None:
        """Run every task that is not done; raises the error of the first that failed, with its log.

        Raises ConfigError when Slurm refuses the array.
        """
        with left_to_do(tasks, progress) as (left, tally):
            if left:
                folder = make_staging(left[0].store.absolute(), "slurm")
                _write_tasks(left, folder)
                with _submitted(self._command(len(left), folder)) as waiting:
                    _watch(waiting, left, tally)
                raise_first(_failure_of(task, place, folder, len(left)) for place, task in enumerate(left))
                shutil.rmtree(folder)  # after a failure it stays, for its logs, until the next run

    def _command(self, n_tasks: int, folder: Path) -> list[str]:
        n_elements = min(n_tasks, MOST_ELEMENTS)
        at_a_time = f"%{self.n_workers}" if self.n_workers else ""
        log = str(folder / "%a.log").replace("%", "%%").replace("%%a.log", "%a.log")
        return [
            "sbatch", "--parsable", "--wait", f"--array=0-{n_elements - 1}{at_a_time}", f"--output={log}",
            "--job-name=mypt", "--ntasks=1", "--cpus-per-task=1", f"--mem={TASK_MEMORY // 2**20}M",
            f"--chdir={Path.cwd()}", *self.options, str(folder / "element.sh"),
            sys.executable, "-m", "mypt.execution.slurm_runner", str(folder), str(n_elements),
        ]  # fmt: skip


def run_element(folder: Path, n_elements: int, element: int) -> Failure | None:
    """Run every `n_elements`-th task of a folder, up to the first that fails, and note its failure there."""
    with (folder / "tasks.jsonl").open(encoding="utf-8") as file:
        lines = [line for place, line in enumerate(file) if place % n_elements == element]
    for number, line in enumerate(lines):
        failure = attempt(Task.from_row(json.loads(line)))
        if failure is not None:
            path = folder / f"{element + number * n_elements}.failure.json"
            path.write_text(json.dumps(asdict(failure)), encoding="utf-8")
            return failure
    return None


def _write_tasks(tasks: Sequence[Task], folder: Path) -> None:
    rows = [{**task.to_row(), "store": task.store.absolute().as_posix()} for task in tasks]
    (folder / "tasks.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (folder / "element.sh").write_text(_SCRIPT, encoding="utf-8")


@contextmanager
def _submitted(command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """Yield what waits for a job's end; the job is cancelled when the block is left by an error."""
    with subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as waiting:
        job = (waiting.stdout.readline() if waiting.stdout else "").partition(";")[0].strip()
        if not job:
            raise ConfigError(
                f"Slurm refused the array: {waiting.communicate()[1].strip()}",
                hint="`sinfo` lists partitions; where nodes say no memory, add --mem=0 to slurm_options",
            )
        try:
            yield waiting
        except BaseException:
            subprocess.run(["scancel", job], check=False)  # noqa: S603
            raise
        finally:
            waiting.kill()


def _watch(waiting: subprocess.Popen[str], tasks: Sequence[Task], tally: Tally) -> None:
    """Return when every result is there or the job has ended; listing makes a network disk look again."""
    before = tally.done
    folders = {task.output.parent for task in tasks}
    while tally.done - before < len(tasks):
        with suppress(subprocess.TimeoutExpired):
            waiting.wait(_LOOK_EVERY_S)
        has_ended = waiting.poll() is not None
        there = {path for folder in folders if folder.is_dir() for path in folder.iterdir()}
        tally.reach(before + sum(task.output in there for task in tasks))
        if has_ended:
            if waiting.returncode == 0:
                for task in tasks:
                    require_result(task)
            return


def _failure_of(task: Task, place: int, folder: Path, n_tasks: int) -> Failure | None:
    """An element notes its failure; one that was killed notes none, and its log may say why."""
    log = folder / f"{place % min(n_tasks, MOST_ELEMENTS)}.log"
    note = folder / f"{place}.failure.json"
    if note.is_file():
        values = json.loads(note.read_text(encoding="utf-8"))
        return Failure(**{**values, "message": f"{values['message']}\n(log: {log})"})
    if (task.output / DONE_NAME).is_file():
        return None
    said = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else "no log"
    return Failure(
        "MyptError",
        f"{task.function}: its job ended without a result ({log}):\n{said[-_SHOWN_OF_A_LOG:]}",
        "`sacct` says how it ended; what is done is kept",
    )


if __name__ == "__main__":
    sys.exit(run_element(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])) is not None)
