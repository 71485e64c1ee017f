"""A real Ray on this machine gives the same results, and speaks with nobody else."""

import gc
import importlib.util
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from mypt.dataset.build import build
from mypt.errors import InputError, MyptError
from mypt.execution.local import LocalRunner
from mypt.execution.ray_runner import RayRunner
from mypt.execution.runner import Execution
from tests.dataset.corpora import ALONE, bilingual, corpus_of, recipe
from tests.execution.work import digests, half_made, started_by, task

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="needs ray"),
    pytest.mark.filterwarnings("ignore"),  # Ray's own
]


@pytest.fixture(scope="module", params=[1, 2])
def ray_runner(request: pytest.FixtureRequest) -> Iterator[RayRunner]:
    """Start a Ray of one and of two workers for all tests, because each start takes seconds."""
    before = _names()
    with warnings.catch_warnings(action="ignore"):
        with RayRunner(request.param) as runner:
            yield runner
        gc.collect()  # Ray forgets its processes without having waited for them
    assert started_by() == []
    assert _names() == before


def _names() -> set[str]:
    return {name for name in os.environ if name.startswith("RAY_")}


def test_results_are_the_same_as_in_local_processes(ray_runner: RayRunner, tmp_path: Path) -> None:
    there = [task(tmp_path / "ray", str(n)) for n in range(8)]
    here = [task(tmp_path / "local", str(n)) for n in range(8)]
    seen: list[tuple[int, int]] = []

    ray_runner.run([*there, there[0]], lambda done, total: seen.append((done, total)))
    ray_runner.run(there)
    LocalRunner(1).run(here)

    assert digests(there) == digests(here)
    assert seen == [(n, 8) for n in range(1, 9)]


def test_every_port_is_bound_to_loopback(ray_runner: RayRunner, tmp_path: Path) -> None:
    ray_runner.run([task(tmp_path, "a")])

    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    listening = {
        connection.laddr.ip
        for process in processes
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }

    assert listening
    assert listening <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}


def test_the_first_error_by_place_arrives_as_ours(ray_runner: RayRunner, tmp_path: Path) -> None:
    tasks = [task(tmp_path, "a"), task(tmp_path, "b", "fail"), task(tmp_path, "c", "fail")]

    with pytest.raises(InputError, match="cannot do b") as caught:
        ray_runner.run(tasks)

    assert caught.value.hint == "try another"
    assert half_made(tmp_path) == []


def test_a_bug_keeps_its_traceback(ray_runner: RayRunner, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError, match=r"(?s)Traceback|work\.py"):
        ray_runner.run([task(tmp_path, "a", "bug")])


def test_a_killed_process_is_an_error_with_a_hint(ray_runner: RayRunner, tmp_path: Path) -> None:
    with pytest.raises(MyptError, match="Ray lost its process") as caught:
        ray_runner.run([task(tmp_path, "a", "die")])

    assert "--workers" in caught.value.hint


def test_a_dataset_has_the_same_root_and_ray_stays_for_whoever_started_it(
    ray_runner: RayRunner, tmp_path: Path
) -> None:
    ray_runner.run([task(tmp_path, "a")])
    corpus = corpus_of(tmp_path / "corpus", bilingual(), n_parts=3)

    on_ray = build(recipe(corpus), tmp_path / "ray" / "dataset", execution=Execution(runner="ray", workers=2))
    alone = build(recipe(corpus), tmp_path / "alone" / "dataset", execution=ALONE)

    assert on_ray.digest == alone.digest
    ray_runner.run([task(tmp_path, "b")])


def test_what_is_done_needs_no_ray(tmp_path: Path) -> None:
    one = task(tmp_path, "a")
    one.run()

    with RayRunner(1, "an address that would be refused") as runner:
        runner.run([one])
