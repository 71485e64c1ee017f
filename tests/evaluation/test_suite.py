"""Suites as files, and what holds for all that are shipped."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mypt.errors import InputError
from mypt.evaluation import suite
from mypt.evaluation.suite import (
    DIGESTS_NAME,
    cases_of,
    current_digests,
    load_suites,
    pinned_digests,
    prompt_of,
    read_suite,
    shipped_suites,
)
from mypt.files import write_json, write_jsonl
from tests.evaluation.cases import case, exact

GOOD = exact("Say: hello", "hello").model_dump(mode="json")


def write(path: Path, *rows: Mapping[str, Any]) -> Path:
    write_jsonl(path, rows)
    return path


def test_a_suite_is_known_by_the_digest_of_its_file(tmp_path: Path) -> None:
    first = read_suite(write(tmp_path / "a.jsonl", GOOD))
    second = read_suite(write(tmp_path / "b.jsonl", {**GOOD, "id": "other"}))

    assert first.digest != second.digest
    assert first.cases[0].check.kind == "exact"
    assert prompt_of(first.cases[0]).messages == first.cases[0].messages


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"phase": 7}, r"a\.jsonl:2: phase: "),
        ({"bukket": "x"}, r"a\.jsonl:2: bukket: "),
        ({"check": {"kind": "exact", "answers": []}}, r"a\.jsonl:2: check\.exact\.answers: "),
        ({"check": {"kind": "contains", "none_of": ["x"]}}, "passed by saying anything"),
        ({"check": {"kind": "cited", "any_of": ["x"], "cite": ["p-1"]}}, "'p-1' is never shown"),
        ({"check": {"kind": "chain", "tools": ["workspace.search"]}}, "a chain is played in one"),
        (
            {"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]},
            "may not follow",
        ),
        (
            {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]},
            "not its turn",
        ),
        (
            {"check": {"kind": "call", "name": "t", "arguments": {"a": [1]}, "optional": {"a": [1]}}},
            "needed and",
        ),
        ({"id": GOOD["id"]}, r"a\.jsonl:2: id: .* is on line 1 too"),
    ],
)
def test_a_wrong_case_is_named_with_file_line_and_field(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    path = write(tmp_path / "a.jsonl", GOOD, {**GOOD, "id": "second", **change})

    with pytest.raises(InputError, match=message):
        read_suite(path)


def test_what_is_no_object_and_no_case_at_all_are_refused(tmp_path: Path) -> None:
    (tmp_path / "list.jsonl").write_text("[]\n")
    (tmp_path / "empty.jsonl").write_text("")

    with pytest.raises(InputError, match=r"list\.jsonl:1: expected an object"):
        read_suite(tmp_path / "list.jsonl")
    with pytest.raises(InputError, match="without cases"):
        read_suite(tmp_path / "empty.jsonl")


def test_an_id_in_two_suites_is_refused(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{name}.jsonl", GOOD) for name in "ab"]

    with pytest.raises(InputError, match="b: id 'echo-en-001' is in a too"):
        load_suites(paths)


def test_a_suite_or_bucket_there_is_not_is_named(tmp_path: Path) -> None:
    suites = load_suites([write(tmp_path / "a.jsonl", GOOD)])

    assert cases_of(suites, ["echo"]) == list(suites[0].cases)
    with pytest.raises(InputError, match="did you mean `echo`"):
        cases_of(suites, ["ecko"])
    with pytest.raises(InputError, match="no such suite"):
        load_suites(["there-is-none"])


def test_shipped_suites_are_what_their_digests_say() -> None:
    wanted = json.dumps(current_digests(), indent=2, sort_keys=True)

    assert current_digests() == pinned_digests(), (
        f"a suite changed: if that is meant, {DIGESTS_NAME} must say\n{wanted}"
    )


def test_a_suite_that_changed_no_longer_has_its_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suite, "SUITES", tmp_path)
    write(tmp_path / "one.jsonl", GOOD)
    (tmp_path / "workspaces" / "town").mkdir(parents=True)
    (tmp_path / "workspaces" / "town" / "a.txt").write_text("a")
    write_json(tmp_path / DIGESTS_NAME, current_digests())
    assert current_digests() == pinned_digests()

    (tmp_path / "workspaces" / "town" / "a.txt").write_text("b")

    assert current_digests() != pinned_digests()
    assert current_digests()["one"] == pinned_digests()["one"]


def test_each_bucket_of_the_shipped_suites_has_fifty_cases_in_two_languages() -> None:
    counts = Counter((one.bucket, one.language) for one in cases_of(load_suites()))

    for bucket in {bucket for bucket, _ in counts}:
        english, german = counts[bucket, "en"], counts[bucket, "de"]
        assert english >= 25, bucket
        assert german >= 25, bucket
        assert english == german, bucket


def test_each_bucket_of_the_shipped_suites_begins_in_one_phase() -> None:
    phases = {(one.bucket, one.phase) for one in cases_of(load_suites())}

    assert len(phases) == len({bucket for bucket, _ in phases})


def test_twins_name_each_other() -> None:
    cases = {one.id: one for one in cases_of(load_suites())}

    twins = {name: one.meta["twin"] for name, one in cases.items() if "twin" in one.meta}

    assert all(cases[str(twin)].meta.get("twin") == name for name, twin in twins.items())


def test_a_shipped_suite_is_loaded_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite, "SUITES", tmp_path)
    write(tmp_path / "chat.jsonl", case({"kind": "no_call"}).model_dump(mode="json"))

    assert list(shipped_suites()) == ["chat"]
    assert [one.name for one in load_suites(["chat"])] == ["chat"]
    assert pinned_digests() == {}
