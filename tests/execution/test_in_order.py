"""Tasks are handed out in order, and the first error by place is the one that is shown."""

import time
from pathlib import Path

import pytest

from mypt.errors import InputError, MyptError
from mypt.execution.failure import Failure
from mypt.execution.in_order import Tally, left_to_do, require_result, run_in_order, usable_cores
from mypt.execution.task import Task, make_staging
from tests.execution.work import task


def test_what_is_done_or_stands_there_twice_is_not_left_to_do(tmp_path: Path) -> None:
    one, two, three = (task(tmp_path, text) for text in "abc")
    two.run()
    seen: list[tuple[int, int]] = []

    with left_to_do([one, two, one, three, two], lambda *numbers: seen.append(numbers)) as (left, tally):
        assert left == [one, three]
        assert (tally.done, tally.total) == (1, 3)

    assert seen == [(1, 3)]


def test_what_was_killed_is_removed_before_and_after(tmp_path: Path) -> None:
    dead = make_staging(tmp_path, "key")
    dead = dead.rename(dead.with_name(f"key.{2**22 + 1}.{dead.name.split('.', 2)[2]}"))

    with left_to_do([task(tmp_path, "a")], None):
        assert not dead.exists()
        dead.mkdir()

    assert not dead.exists()


def attempt_by_text(task: Task) -> Failure | None:
    """Take as long as the text says, and fail where it says so."""
    wait, _, message = str(task.arguments["text"]).partition(" ")
    time.sleep(float(wait))
    return Failure("InputError", message, "") if message else None


def test_the_first_error_by_place_is_raised_even_when_it_comes_last(tmp_path: Path) -> None:
    tasks = [task(tmp_path, text) for text in ("0.01", "0.2 first", "0 second", "0 third")]

    with pytest.raises(InputError, match="first"):
        run_in_order(tasks, 3, attempt_by_text, Tally(4, None))


def test_nothing_is_begun_after_an_error(tmp_path: Path) -> None:
    tasks = [task(tmp_path, text) for text in ("0", "0 wrong", "0.05", "0.05", "0.05")]
    tally = Tally(5, None)

    with pytest.raises(InputError, match="wrong"):
        run_in_order(tasks, 1, attempt_by_text, tally)

    assert tally.done <= 2  # one may have begun before the error was seen


def test_a_result_that_cannot_be_seen_is_an_error(tmp_path: Path) -> None:
    one = task(tmp_path, "a")
    with pytest.raises(MyptError, match="cannot be seen from here") as caught:
        require_result(one, patience_s=0)
    one.run()

    require_result(one, patience_s=0)

    assert "share" in caught.value.hint


def test_there_is_a_core_to_use() -> None:
    assert usable_cores() >= 1
