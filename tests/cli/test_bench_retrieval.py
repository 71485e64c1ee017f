"""`mypt bench retrieval`: tables for people, and JSON as the last line."""

import json
from pathlib import Path

import pytest

from mypt.cli.bench_retrieval import quality_lines, speed_lines
from tests.cli.line import Outcome, refused, run

QUICK = ("bench", "retrieval", "--embedders", "hashing")


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return run(tmp_path_factory.mktemp("bench"), *QUICK, "--passages", "40", "--searches", "4")


def test_the_last_line_is_json_and_those_before_it_are_for_people(outcome: Outcome) -> None:
    *lines, last = outcome.out.splitlines()

    values = json.loads(last)
    assert outcome.code == 0, outcome
    assert values["speed"]["passages"] == 40
    assert "identifier de-de" in values["quality"]["tasks"]
    for part in ("MRR@10", "paraphrase de-en", "fusion", "rrf", "search", "filtered", "fresh process"):
        assert any(line.startswith(part) for line in lines), part


def test_one_half_can_be_left_out(tmp_path: Path) -> None:
    outcome = run(tmp_path, *QUICK, "--only", "quality", "--json")

    (line,) = outcome.out.splitlines()
    assert json.loads(line)["speed"] is None
    assert list(quality_lines(None)) == list(speed_lines(None)) == []


def test_what_cannot_be_measured_is_refused(tmp_path: Path) -> None:
    assert "none of faiss, lancedb" in refused(run(tmp_path, *QUICK, "--only", "speed", "--peers", "x"), 2)
    assert "NAME=GERMAN,ENGLISH" in refused(run(tmp_path, *QUICK, "--pairs", "packages"), 2)
    assert "there are e5" in refused(run(tmp_path, "bench", "retrieval", "--embedders", "magic"), 2)
    assert "--only" in refused(run(tmp_path, *QUICK, "--only", "both"), 2)
