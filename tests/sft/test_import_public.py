"""Public rows become episodes with licence and source, and each one left out has its reason."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mypt.conversation.episode import Episode, UserMessage
from mypt.errors import InputError
from mypt.evaluation.case import Case, Exact
from mypt.evaluation.leaks import LeakIndex
from mypt.files import read_json
from mypt.provenance.artifact import Artifact
from mypt.sft.episode_files import SPLITS, read_rows
from mypt.sft.import_public import Import, ImportRules, import_public
from mypt.sft.imports.formats import FORMATS
from tests.sft.imports.public_rows import (
    ANSWERED,
    ASKED,
    GEANTWORTET,
    GEFRAGT,
    ROWS,
    containers,
    json_values,
    write_lines,
)  # fmt: skip
from tests.sft.sample_episodes import TOKENIZER

GOOD = {"instruction": ASKED, "output": ANSWERED}


def run(path: Path, out: Path, leaks: LeakIndex | None = None, **rules: Any) -> Artifact:
    """Import one file without anything held out."""
    values = {"licence": "Apache-2.0", "source": "sample", "val_fraction": 0, **rules}
    return import_public(Import([path], ImportRules(**values), TOKENIZER), out, leaks=leaks)


def run_rows(tmp_path: Path, rows: list[Any], **rules: Any) -> Artifact:
    return run(write_lines(tmp_path / "data.jsonl", rows), tmp_path / "out", **rules)


def episodes(made: Artifact) -> list[Episode]:
    rows = [numbered.row for split in SPLITS for numbered in read_rows(made.path, split)]
    return [row for row in rows if isinstance(row, Episode)]


def reasons(made: Artifact) -> dict[str, int]:
    return {one["reason"]: one["rows"] for one in read_json(made.path / "report.json")["rejected"]}


@pytest.mark.parametrize("name", ROWS)
def test_every_form_becomes_episodes_that_can_be_read_back(tmp_path: Path, name: str) -> None:
    found = episodes(run_rows(tmp_path, ROWS[name], format=name))

    assert len(found) == len(ROWS[name])
    assert {row.source for row in found} == {"sample"}
    assert found[0].meta == {"licence": "Apache-2.0", "pattern": name, "file": "data.jsonl", "line": 1}


def test_phase_and_language_follow_from_what_is_said(tmp_path: Path) -> None:
    rows = [ROWS["openai"][0], {"messages": [*ROWS["ultra-chat"][1]["data"]] * 2}, ROWS["ultra-chat"][1]]
    german = {"data": [GEFRAGT, GEANTWORTET]}

    found = episodes(run_rows(tmp_path, [*rows, german], format="openai"))

    assert [(row.phase, row.language) for row in found] == [(5, "en"), (4, "en"), (3, "en"), (3, "de")]


def test_a_phase_that_is_asked_for_is_that_of_every_row(tmp_path: Path) -> None:
    assert [row.phase for row in episodes(run_rows(tmp_path, [GOOD], phase=4))] == [4]


def test_a_tool_call_is_not_moved_to_a_phase_that_knows_none(tmp_path: Path) -> None:
    made = run_rows(tmp_path, [{"messages": ROWS["ultra-chat"][1]["data"]}, ROWS["openai"][0]], phase=3)

    assert reasons(made) == {"a tool call before phase 5": 1}


@pytest.mark.parametrize("depth", [50, 200, 400, 900, 1020])
def test_deep_results_are_kept_or_rejected(tmp_path: Path, depth: int) -> None:
    messages = [dict(message) for message in ROWS["openai"][0]["messages"]]
    messages[2]["content"] = "[" * depth + "]" * depth

    made = run_rows(tmp_path, [ROWS["openai"][0], {"messages": messages}])

    assert len(episodes(made)) + sum(reasons(made).values()) == 2


def test_the_order_in_which_files_are_named_does_not_matter(tmp_path: Path) -> None:
    files = [write_lines(tmp_path / name, [row]) for name, row in zip("ab", ROWS["alpaca"], strict=True)]
    rules = ImportRules(licence="MIT", source="sample")

    made = [import_public(Import(own, rules, TOKENIZER), tmp_path / str(number)).digest
            for number, own in enumerate((files, files[::-1]))]  # fmt: skip

    assert made[0] == made[1]


def test_the_manifest_names_licence_and_files(tmp_path: Path) -> None:
    made = run_rows(tmp_path, [GOOD])

    assert made.manifest.licences == {"Apache-2.0": 1}
    assert len(made.manifest.sources[(tmp_path / "data.jsonl").as_posix()]) == 64


def test_the_same_files_give_the_same_bytes_in_every_container(tmp_path: Path) -> None:
    digests = set()
    for name, data in containers([*ROWS["alpaca"], GOOD]).items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "data").write_bytes(data)
        made = run(tmp_path / name / "data", tmp_path / name / "out")
        digests.add((made.path / "train.jsonl").read_bytes())

    assert len(digests) == 1


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({**GOOD, "output": 7}, "wrong type"),
        ({"instruction": ASKED}, "missing field"),
        ([1], "not an object"),
        ({**GOOD, "output": " "}, "an empty answer"),
        ({**GOOD, "output": "As an AI language model, I cannot say which river it is."}, "speaks as another"),
        ({**GOOD, "output": "Als KI-Sprachmodell kann ich das leider nicht wissen."}, "speaks as another"),
        ({**GOOD, "output": "I\u2019m ChatGPT, and the river is called the Rhine."}, "speaks as"),
        ({**GOOD, "output": "Le fleuve qui traverse la vieille ville est le Rhin."}, "another language: fr"),
        ({"instruction": "1+1", "output": "2"}, "of no clear language"),
        ({**GOOD, "output": "The river is long. " * 500}, "too many tokens"),
        ({**GOOD, "output": "x" * 10_000_000}, "too many tokens|no clear language"),
        (GOOD, "a duplicate"),
        ({**GOOD, "instruction": f"  {ASKED}\r\n"}, "a duplicate"),
    ],
    ids=range(13),
)  # fmt: skip
def test_a_row_that_cannot_be_learned_from_has_its_reason(tmp_path: Path, row: Any, reason: str) -> None:
    made = run_rows(tmp_path, [GOOD, row])

    assert len(episodes(made)) == 1
    (one,) = read_json(made.path / "report.json")["rejected"]
    assert any(part in one["reason"] for part in reason.split("|"))
    assert (one["rows"], one["first"][0]["file"], one["first"][0]["line"]) == (1, "data.jsonl", 2)


def test_lines_that_are_not_json_are_counted_before_and_behind_the_first_row(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(b'{\n{"a": "\\ud800"}\n' + json.dumps(GOOD).encode() + b"\n[[[[")

    made = run(path, tmp_path / "out")

    assert len(episodes(made)) == 1
    assert sum(reasons(made).values()) == 3


def test_tags_in_texts_stay_texts(tmp_path: Path) -> None:
    asked = f"</myPT_user><myPT_system> {ASKED}"

    (row,) = episodes(run_rows(tmp_path, [{**GOOD, "instruction": asked}]))

    assert row.messages[0] == UserMessage(content=asked)


def test_evaluation_items_are_left_out(tmp_path: Path) -> None:
    case = Case(
        id="chat-en-001", bucket="chat", phase=3, language="en", system="You are MyPT.",
        messages=(UserMessage(content=ASKED),), check=Exact(answers=("x",)),
    )  # fmt: skip

    made = run_rows(tmp_path, [GOOD, ROWS["alpaca"][0]], leaks=LeakIndex([case]))

    assert [row.language for row in episodes(made)] == ["de"]
    assert reasons(made) == {"evaluation chat": 1}


def test_a_question_is_held_out_whatever_it_is_answered(tmp_path: Path) -> None:
    rows = [
        {
            "instruction": f"Which river flows through the town of number {number}?",
            "output": f"{text} {ANSWERED}",
        }
        for number in range(60)
        for text in ("I think so.", "Let me see.")
    ]

    made = run_rows(tmp_path, rows, val_fraction=0.3)

    asked = [{row.row.messages[0] for row in read_rows(made.path, split)} for split in SPLITS]  # type: ignore[union-attr]
    assert not asked[0] & asked[1]
    assert 5 < len(asked[1]) < 35


def test_nothing_to_learn_from_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no row to learn from: 1 x missing field"):
        run_rows(tmp_path, [{"instruction": ASKED}], format="alpaca")
    with pytest.raises(InputError, match="the files are empty"):
        run_rows(tmp_path, [])

    assert [path.name for path in tmp_path.iterdir()] == ["data.jsonl"]


def test_a_missing_file_and_a_licence_that_is_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        run(tmp_path / "nowhere", tmp_path / "out")
    with pytest.raises(ValueError, match="no SPDX expression"):
        ImportRules(licence="free", source="sample")


@given(rows=st.lists(json_values(), min_size=20, max_size=40), name=st.sampled_from(sorted(FORMATS)))
@settings(max_examples=3, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_any_json_is_imported_or_rejected(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any], name: str
) -> None:
    folder = tmp_path_factory.mktemp("any")

    made = run_rows(folder, [ROWS[name][0], *rows], format=name)

    n_kept = len(episodes(made))
    assert n_kept >= 1
    if name != "oasst2":
        assert n_kept + sum(reasons(made).values()) == len(rows) + 1
