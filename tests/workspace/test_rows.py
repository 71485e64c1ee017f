"""A reader is what it names, and nobody reads all by chance."""

from mypt.workspace.rows import EVERYONE, OPERATOR, Reader


def test_every_reader_is_everyone_too() -> None:
    assert Reader(frozenset({"ann"})).all_principals == {"ann", EVERYONE}
    assert Reader().all_principals == {EVERYONE}


def test_only_the_operator_reads_all() -> None:
    assert OPERATOR.reads_all
    assert not Reader().reads_all
    assert not Reader(frozenset({"operator", EVERYONE})).reads_all
