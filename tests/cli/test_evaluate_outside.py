"""`mypt eval harness` and `mypt eval bfcl`: what is printed and written."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from mypt.cli.evaluate_outside import bfcl, harness
from mypt.evaluation import lm_eval_adapter
from mypt.files import write_jsonl
from tests.evaluation.outcomes import sealed_model
from tests.evaluation.test_bfcl import ROOM, question


def test_bfcl_prints_what_passes_and_what_is_not_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sealed_model(tmp_path / "model")
    write_jsonl(tmp_path / "q.json", [question(name) for name in ("simple_0", "parallel_0", "simple_1")])
    calls = {"simple_0": 1, "simple_1": 1, "parallel_0": 2}
    write_jsonl(
        tmp_path / "a.json",
        [{"id": name, "ground_truth": [{"room.book": ROOM}] * n} for name, n in calls.items()],
    )

    bfcl(tmp_path / "model", tmp_path / "q.json", tmp_path / "a.json", limit=2, json=tmp_path / "out.json")

    text = capsys.readouterr().out
    assert "| simple | 0/1 |" in text
    assert "- not judged: 1, parallel" in text
    assert [one["id"] for one in json.loads((tmp_path / "out.json").read_text())["outcomes"]] == ["simple_0"]


def test_the_measures_of_the_harness_are_printed_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed_model(tmp_path / "model")
    found = {"own": {"alias": "own", "acc,none": 0.25, "sample_len": 4}}
    told = SimpleNamespace(simple_evaluate=lambda *_, **__: {"results": found})
    tasks = SimpleNamespace(TaskManager=lambda **_: SimpleNamespace(all_tasks=["own"]))
    monkeypatch.setattr(lm_eval_adapter, "library", lambda: (told, tasks, SimpleNamespace(LM=object)))

    harness(tmp_path / "model", tasks=tmp_path, json=tmp_path / "out.json")

    assert capsys.readouterr().out == "own\tacc,none\t0.2500\n"
    assert json.loads((tmp_path / "out.json").read_text()) == found
