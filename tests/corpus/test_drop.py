"""A drop becomes a row that says which file and why."""

from typing import get_args

from mypt.corpus.drop import UNREADABLE, Drop, Reason


def test_a_drop_becomes_a_row() -> None:
    row = Drop("acts/a.md", "binary", "NUL byte at offset 3").to_row()

    assert row == {"id": "acts/a.md", "reason": "binary", "detail": "NUL byte at offset 3"}


def test_duplicates_and_empty_files_are_never_called_unreadable() -> None:
    assert set(get_args(Reason)) - UNREADABLE == {"duplicate", "empty"}
