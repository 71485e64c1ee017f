"""Tasks on Ray: on a cluster that is there, or on one that is started here and ends with the work."""

import importlib.util
import logging
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from functools import cache
from types import TracebackType
from typing import Any

from mypt.errors import ConfigError
from mypt.execution.failure import Failure, attempt, lost
from mypt.execution.in_order import Progress, left_to_do, require_result, run_in_order
from mypt.execution.task import TASK_MEMORY, Task

_NO_REPORTS = {"RAY_USAGE_STATS_ENABLED": "0"}

_ALONE = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_AUTH_MODE": "token"}
"""Loopback only, on any system: `_node_ip_address` is not enough. The token keeps other users here out."""


@dataclass
class RayRunner:
    """Runs each task as a remote function; what it needs is on a disk that all nodes share."""

    n_workers: int
    """Tasks at a time; 0 means as many as the cluster has cores."""
    address: str | None = None
    _connection: ExitStack = field(default_factory=ExitStack, compare=False)
    _ray: Any = None

    def __enter__(self) -> "RayRunner":
        """Raise ConfigError where Ray is not installed; it is started by the first task that is not done."""
        if importlib.util.find_spec("ray") is None:
            raise ConfigError("runner=ray: `ray` is not installed here", hint="pip install ray")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        self._ray = None

    def run(self, tasks: Sequence[Task], progress: Progress | None = None) -> None:
        """Run every task; raises ConfigError when Ray cannot be reached or started."""
        with left_to_do(tasks, progress) as (left, tally):
            if not left:
                return
            if self._ray is None:
                self._ray = self._connection.enter_context(_connected(self.address, self.n_workers))
            n_workers = self.n_workers or int(self._ray.cluster_resources().get("CPU", 1))
            try:
                run_in_order(left, min(n_workers, len(left)), _caller(self._ray), tally)
            except KeyboardInterrupt:
                self.__exit__(None, None, None)  # ends what runs; nobody waits for it any more
                raise


@contextmanager
def _connected(address: str | None, n_workers: int) -> Iterator[Any]:
    """Yield Ray, connected; at the end, end what was started here, and nothing else."""
    own = {} if address else {**_ALONE, "RAY_AUTH_TOKEN": _token()}
    with _environment({**_NO_REPORTS, **own}):
        import ray  # optional, slow to import, and reads the environment then

        if ray.is_initialized():
            yield ray
            return
        place = {"address": address} if address else _alone(n_workers)
        try:
            _begin(ray, place)
            yield ray
        finally:
            ray.shutdown()


def _begin(ray: Any, place: Mapping[str, Any]) -> None:
    try:
        ray.init(logging_level=logging.ERROR, **place)
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        raise ConfigError(f"Ray at {place['address']} cannot be used: {error}") from error


@cache
def _token() -> str:
    """Ray remembers the first token of a process."""
    return secrets.token_hex()


def _alone(n_workers: int) -> dict[str, Any]:
    room = {"num_cpus": n_workers, "_memory": n_workers * TASK_MEMORY, "object_store_memory": 100 * 2**20}
    return {"address": "local", "include_dashboard": False, **room}


@contextmanager
def _environment(names: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(names)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _caller(ray: Any) -> Callable[[Task], Failure | None]:
    """Return what runs a task on Ray and waits for it; a bug keeps its traceback from there."""
    remote = ray.remote(num_cpus=1, memory=TASK_MEMORY)(_attempt_row)
    folder = os.getcwd()  # noqa: PTH109

    def attempt_there(task: Task) -> Failure | None:
        try:
            values = ray.get(remote.remote(task.to_row(), folder))
        except ray.exceptions.RayTaskError:
            raise
        except ray.exceptions.RayError as error:
            return lost(task, f"Ray lost its process ({str(error).partition('.')[0]})")
        if values is None:
            require_result(task)
        return Failure(**values) if values else None

    return attempt_there


def _attempt_row(row: Mapping[str, Any], folder: str) -> dict[str, str] | None:
    """Run where relative paths mean the same as at home, with what is printed on the standard error."""
    os.chdir(folder)
    os.dup2(2, 1)
    failure = attempt(Task.from_row(row))
    return asdict(failure) if failure else None
