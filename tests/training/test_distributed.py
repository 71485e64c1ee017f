"""One process is a group of one; several agree."""

from pathlib import Path

import pytest
import torch
import torch.distributed as dist

from mypt.errors import ConfigError, InputError
from mypt.training.distributed import is_main_process, process_group, world_size
from tests.training.models import only_world
from tests.training.processes import run_together
from tests.training.workers import agree


def test_a_process_alone_is_the_main_one_of_a_group_of_one() -> None:
    only_world()

    with process_group("cpu") as again:
        assert (again.rank, again.size, again.is_main) == (0, 1, True)
        assert again.device == torch.device("cpu")
    assert dist.is_initialized(), "a group that was there before stays"
    assert (world_size(), is_main_process()) == (1, True)


def test_alone_nothing_is_exchanged() -> None:
    world = only_world()
    items = [1.0, 2.0]

    assert world.gather(items) is items
    assert world.any(flag=True)
    assert not world.any(flag=False)
    assert world.on_main(lambda: 7) == 7


def test_an_error_on_the_main_process_is_raised() -> None:
    def fail() -> None:
        raise InputError("no")

    with pytest.raises(InputError, match="no"):
        only_world().on_main(fail)


def test_a_gpu_that_is_not_there_is_refused() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is one")

    with pytest.raises(ConfigError, match="no usable GPU"), process_group("cuda"):
        pass


def test_several_processes_agree_on_items_flags_results_and_errors(tmp_path: Path) -> None:
    told = run_together(2, agree, tmp_path / "group")

    common = [[0, 1, 10, 11], [True, False], "made by 0", "refused by the main process"]
    assert told == [[0, True, *common], [1, False, *common]]
