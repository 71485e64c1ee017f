"""Clauses that say the opposite."""

import pytest

from mypt.agent.polarity import clauses, is_opposite


def differs(one: str, other: str) -> bool:
    return any(is_opposite(clause, clauses(other)) for clause in clauses(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The option removes files.", "The option does not remove files."),
        ("Die Frist darf verlängert werden.", "Die Frist darf nicht verlängert werden."),
        ("Es besteht kein Anspruch auf Zugang.", "Es besteht ein Anspruch auf Zugang."),
        ("Die Ruhezeit beträgt höchstens elf Stunden.", "Die Ruhezeit beträgt mindestens elf Stunden."),
        ("Users may change the password.", "Users must change the password."),
        ("Run update after the upgrade.", "Run update before the upgrade."),
        ("Users can't log in.", "Users can log in."),
    ],
)
def test_the_opposite_is_seen_both_ways(one: str, other: str) -> None:
    assert differs(one, other)
    assert differs(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The option removes files.", "The option removes all files, but not directories."),
        ("The option does not remove files.", "Files are not removed by the option."),
        ("Es besteht kein Anspruch auf Zugang.", "Ein Anspruch auf Zugang besteht nicht."),
        ("The kernel loads modules.", "The printer does not print pages."),
        ("Weder der Käufer noch der Verkäufer haftet.", "Der Käufer haftet nicht."),
    ],
)
def test_the_same_and_something_else_are_not_the_opposite(one: str, other: str) -> None:
    assert not differs(one, other)


def test_a_sentence_without_content_has_no_clauses() -> None:
    assert clauses("And so, and so.") == []
