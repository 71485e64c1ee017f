"""Rows come back as they were written, are counted, and a bad one is named by file, line and field."""

import json
from pathlib import Path

import pytest

from mypt.conversation.episode import Replay
from mypt.errors import InputError
from mypt.sft.episode_files import Row, batches, canonical_line, read_rows, write_rows
from tests.sft.sample_episodes import echoes, episode


def test_rows_come_back_with_their_line_numbers(tmp_path: Path) -> None:
    rows: list[Row] = [*echoes("train", 3), Replay(text="Once upon a time\n")]

    write_rows(tmp_path, "train", rows)

    found = list(read_rows(tmp_path, "train"))
    assert [numbered.row for numbered in found] == rows
    assert [numbered.number for numbered in found] == [1, 2, 3, 4]
    assert b"".join(numbered.line for numbered in found) == (tmp_path / "train.jsonl").read_bytes()
    assert [numbered.line for numbered in found] == [canonical_line(row) for row in rows]


def test_rows_are_counted_by_what_they_are(tmp_path: Path) -> None:
    rows: list[Row] = [
        episode("a", "b", meta={"pattern": "x"}),
        episode("c", "d", language="de", source="other", phase=2),
        Replay(text="text"),
    ]

    counts = write_rows(tmp_path, "val", rows)

    assert counts == {
        "rows": 3,
        "replay": 1,
        "source": {"other": 1, "sample": 1},
        "pattern": {"none": 1, "x": 1},
        "language": {"de": 1, "en": 1},
        "phase": {"1": 1, "2": 1},
    }


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"replay":', "not JSON"),
        ("[]", "expected an object"),
        ('{"replay": true}', "text: Field required"),
        ('{"messages": [], "language": "en", "source": "x", "phase": 1}', "messages"),
    ],
)
def test_a_bad_row_is_named_by_file_line_and_field(tmp_path: Path, line: str, message: str) -> None:
    good = canonical_line(episode("a", "b")).decode()
    (tmp_path / "train.jsonl").write_text(f"{good}{line}\n", encoding="utf-8")

    with pytest.raises(InputError, match=rf"train\.jsonl:2: [\s\S]*{message}"):
        list(read_rows(tmp_path, "train"))


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"val\.jsonl: cannot be read"):
        list(read_rows(tmp_path, "val"))


def test_null_in_a_result_stays_null() -> None:
    row = json.loads(canonical_line(episode("a", "b", meta={"nothing": None})))

    assert row["meta"] == {"nothing": None}


def test_batches_hold_everything_in_order() -> None:
    assert list(batches(range(5), 2)) == [[0, 1], [2, 3], [4]]
