"""Errors of ours cross processes as values; bugs are raised."""

from pathlib import Path

import pytest

from mypt.errors import InputError, MyptError
from mypt.execution.failure import Failure, attempt, lost, raise_first
from tests.execution.work import task


def test_an_error_keeps_its_kind_its_message_and_its_hint(tmp_path: Path) -> None:
    failure = attempt(task(tmp_path, "a", "fail"))

    assert failure == Failure("InputError", "cannot do a", "try another")


def test_a_task_that_succeeds_has_no_failure(tmp_path: Path) -> None:
    assert attempt(task(tmp_path, "a")) is None


def test_a_bug_is_raised(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        attempt(task(tmp_path, "a", "bug"))


def test_the_first_failure_by_place_is_raised() -> None:
    with pytest.raises(InputError, match="one") as caught:
        raise_first([None, Failure("InputError", "one", "hint"), Failure("StorageFull", "two", "")])

    assert caught.value.hint == "hint"


def test_a_lost_process_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(MyptError, match=r"work:write: it vanished, most likely for want of memory") as caught:
        raise_first([lost(task(tmp_path, "a"), "it vanished")])

    assert "--workers" in caught.value.hint
