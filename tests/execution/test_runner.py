"""The runner is what the options say, within the memory that they allow."""

from pathlib import Path

import pytest

from mypt.errors import ConfigError, InputError
from mypt.execution.in_order import usable_cores
from mypt.execution.local import LocalRunner
from mypt.execution.ray_runner import RayRunner
from mypt.execution.runner import PATIENCE, Execution, Runner, make_runner
from mypt.execution.slurm_runner import SlurmRunner
from tests.execution.work import results, task


def test_without_options_there_is_one_process_for_each_core() -> None:
    runner = make_runner(Execution())

    assert isinstance(runner, Runner)
    assert runner == LocalRunner(usable_cores(), PATIENCE)


def test_on_a_cluster_the_cores_of_this_machine_do_not_count() -> None:
    assert make_runner(Execution(runner="ray")) == RayRunner(usable_cores())
    assert make_runner(Execution(runner="ray", ray_address="a:1")) == RayRunner(0, "a:1")
    assert make_runner(Execution(runner="slurm")) == SlurmRunner(0)
    assert make_runner(Execution(runner="slurm", memory_gb=7, slurm_options=("-p",))) == SlurmRunner(
        7, ("-p",)
    )


def test_little_memory_means_fewer_at_a_time() -> None:
    assert Execution(workers=8, memory_gb=3.5).n_workers == 3
    assert Execution(workers=2, memory_gb=64).n_workers == 2


def test_too_little_memory_for_one_is_refused() -> None:
    with pytest.raises(InputError, match=r"memory_gb=0\.5"):
        _ = Execution(memory_gb=0.5).n_workers


@pytest.mark.parametrize(("name", "missing"), [("ray", "`ray` is not installed"), ("slurm", "no `sbatch`")])
def test_missing_software_is_named(name: str, missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr("shutil.which", lambda _: None)

    with pytest.raises(ConfigError, match=missing), make_runner(Execution(runner=name)):  # type: ignore[arg-type]
        pass


def test_a_runner_can_be_used_as_a_context(tmp_path: Path) -> None:
    tasks = [task(tmp_path, "a")]
    with make_runner(Execution(workers=1)) as runner:
        runner.run(tasks)

    assert results(tasks) == ["a" * 1000]
