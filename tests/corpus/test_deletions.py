"""The ledger grows, never forgets, and holds digests alone."""

from pathlib import Path

import pytest

from mypt.corpus.deletions import Deleted, add_to_ledger, ledger_digest, read_ledger
from mypt.errors import InputError

ENTRIES = [Deleted("a/1", "ab" * 32, "cd" * 32, "request 1"), Deleted("a/2", "", "ef" * 32, "request 1")]


def test_entries_come_back_in_their_order_each_once(tmp_path: Path) -> None:
    add_to_ledger(tmp_path / "ledger.jsonl", ENTRIES[:1])
    add_to_ledger(tmp_path / "ledger.jsonl", ENTRIES)

    assert read_ledger(tmp_path / "ledger.jsonl") == ENTRIES


def test_no_ledger_is_an_empty_one(tmp_path: Path) -> None:
    assert read_ledger(tmp_path / "none.jsonl") == []
    assert ledger_digest(tmp_path / "none.jsonl") is None


def test_another_entry_is_another_digest(tmp_path: Path) -> None:
    add_to_ledger(tmp_path / "ledger.jsonl", ENTRIES[:1])
    before = ledger_digest(tmp_path / "ledger.jsonl")

    add_to_ledger(tmp_path / "ledger.jsonl", ENTRIES[1:])

    assert ledger_digest(tmp_path / "ledger.jsonl") != before


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "ledger.jsonl").write_text('{"id": "a"}\n', encoding="utf-8")

    with pytest.raises(InputError, match=r"ledger\.jsonl:1: not a deletion"):
        read_ledger(tmp_path / "ledger.jsonl")
