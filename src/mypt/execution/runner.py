"""Who runs the tasks: processes on this machine, Ray, or Slurm."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Annotated, Literal, Protocol, runtime_checkable

from pydantic import Field

from mypt.config import Section
from mypt.errors import InputError
from mypt.execution.in_order import Progress, usable_cores
from mypt.execution.local import LocalRunner
from mypt.execution.ray_runner import RayRunner
from mypt.execution.slurm_runner import SlurmRunner
from mypt.execution.task import TASK_MEMORY, Task

__all__ = ["EVERY_CORE", "Execution", "Progress", "Runner", "make_runner"]


PATIENCE = 1.0
"""Seconds of work for which no further processes are started: it takes them as long to start."""


@runtime_checkable
class Runner(Protocol):
    """Runs every task of a list, in any order; a context, at whose end what it started ends."""

    def __enter__(self) -> "Runner": ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def run(self, tasks: Sequence[Task], progress: Progress | None = None) -> None:
        """Return when every result is there; raises the error of the first task that failed, by its place."""
        ...


class Execution(Section):
    """How the work of a step is spread; never changes its result."""

    runner: Literal["local", "ray", "slurm"] = "local"
    """Processes on this machine; a Ray cluster (`pip install ray`); or job arrays of Slurm."""
    workers: Annotated[int, Field(ge=0)] = 0
    """Tasks at a time; 0 means one for each core, here or of the cluster; Slurm then decides."""
    memory_gb: Annotated[float, Field(gt=0)] | None = None
    """Most memory for all tasks together; fewer run at a time where it is short."""
    work: Path | None = None
    """Folder for results on the way, so that a killed step goes on; by default `work` beside the output."""
    ray_address: str | None = None
    """Address of a running Ray cluster; without one, Ray is started here for this step."""
    slurm_options: tuple[str, ...] = ()
    """Further options of `sbatch`: `--slurm-options=--partition=cpu`. May be repeated."""

    def store(self, out: Path) -> Path:
        """Return where results on the way to an output lie."""
        return self.work or out.parent / "work"

    @property
    def n_workers(self) -> int:
        """Return how many tasks may run at a time here; raises InputError where not even one fits."""
        return self.at_a_time(usable_cores())

    def at_a_time(self, n_cores: int) -> int:
        """Return how many tasks may run on cores of which 0 means *not known*; 0 is no limit."""
        wanted = self.workers or n_cores
        if self.memory_gb is None:
            return wanted
        fitting = int(self.memory_gb * 2**30 // TASK_MEMORY)
        if fitting < 1:
            raise InputError(
                f"memory_gb={self.memory_gb}: one task needs up to {TASK_MEMORY / 2**30:g}",
                hint="allow more memory",
            )
        return min(wanted or fitting, fitting)


EVERY_CORE = Execution()
"""Processes on this machine, one for each core."""


def make_runner(execution: Execution) -> Runner:
    """Return the runner that is asked for; raises ConfigError where its software is missing."""
    return _BY_NAME[execution.runner](execution)


def _ray(execution: Execution) -> Runner:
    is_elsewhere = execution.ray_address is not None
    return RayRunner(execution.at_a_time(0) if is_elsewhere else execution.n_workers, execution.ray_address)


_BY_NAME: Mapping[str, Callable[[Execution], Runner]] = {
    "local": lambda execution: LocalRunner(execution.n_workers, PATIENCE),
    "ray": _ray,
    "slurm": lambda execution: SlurmRunner(execution.at_a_time(0), execution.slurm_options),
}
