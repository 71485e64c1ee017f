"""`mypt workspace add|list|remove|status`: results on stdout, progress on stderr, errors with a hint."""

import json
from pathlib import Path
from typing import Any

import pytest

from mypt.cli import app
from tests.cli.line import Outcome, refused, run
from tests.workspace.fakes import ENGLISH, GERMAN, connect, write

NAMES = {"add": "add", "list": "list_", "remove": "remove", "status": "status"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(app.GROUPS, "workspace", "Documents to ask.")
    for name, function in NAMES.items():
        target = f"mypt.cli.workspace:{function}"
        monkeypatch.setitem(app.COMMANDS, f"workspace {name}", app.Command(target, "."))
    write(
        tmp_path / "docs", {"a.txt": GERMAN, "b.md": f"# Title\n\n{ENGLISH}", "c.pdf": "%PDF-1.7", ".d": "x"}
    )
    return tmp_path


def _run(folder: Path, command: str, *tokens: str) -> Outcome:
    return run(folder, "workspace", command, "ws", *tokens)


def _json(folder: Path, *tokens: str) -> Any:
    outcome = _run(folder, *tokens, "--json")
    assert outcome.code == 0, outcome.err
    return json.loads(outcome.out)


def test_adding_says_what_became_of_each_file(folder: Path) -> None:
    outcome = _run(folder, "add", "docs", "--owner", "ann", "--reader", "bob")

    assert outcome.code == 0, outcome.err
    assert "added  docs/a.txt\nadded  docs/b.md\nfailed  docs/c.pdf" in outcome.out
    assert outcome.out.endswith("2 added, 1 failed\n")
    assert "3/3" in outcome.err
    assert "1 hidden" in outcome.err


def test_the_second_look_finds_what_changed(folder: Path) -> None:
    _run(folder, "add", "docs")
    (folder / "docs" / "a.txt").unlink()
    write(folder / "docs", {"b.md": GERMAN})

    assert (
        _run(folder, "add").out
        == "changed  docs/b.md\nremoved  docs/a.txt\n1 changed, 1 removed, 1 unchanged\n"
    )


def test_documents_are_listed_with_their_readers(folder: Path) -> None:
    _run(folder, "add", "docs", "--owner", "ann", "--reader", "bob", "--reader", "staff")

    rows = _json(folder, "list", "--language", "de")
    shown = _run(folder, "list").out

    assert [(row["origin"], row["owner"], row["readers"]) for row in rows] == [
        ("docs/a.txt", "ann", ["bob", "staff"])
    ]
    assert rows[0]["id"] in shown


def test_what_could_not_be_read_is_listed_with_its_reason(folder: Path) -> None:
    _run(folder, "add", "docs")

    (row,) = _json(folder, "list", "--failed")

    assert (row["origin"], row["status"]) == ("docs/c.pdf", "failed")
    assert row["reason"]
    assert row["reason"] in " ".join(_run(folder, "list", "--failed").out.split())


def test_documents_are_removed_by_origin_id_or_root(folder: Path) -> None:
    _run(folder, "add", "docs")
    first, second, _ = (row["id"] for row in _json(folder, "list"))

    outcome = _run(folder, "remove", "docs/a.txt", second)
    left = [row["origin"] for row in _json(folder, "list")]
    _run(folder, "remove", "docs")

    assert outcome.out == f"{first}\n{second}\n"
    assert left == ["docs/c.pdf"]
    assert _json(folder, "list") == _json(folder, "status")["roots"] == []


def test_what_is_not_there_is_not_removed(folder: Path) -> None:
    _run(folder, "add", "docs")

    assert "no such document" in refused(_run(folder, "remove", "docs/z.txt"), 2)


def test_the_status_counts_and_names_the_roots(folder: Path) -> None:
    _run(folder, "add", "docs")

    facts = _json(folder, "status", "--check")
    shown = _run(folder, "status").out

    assert (facts["n_documents"], facts["n_failed"], facts["languages"]) == (2, 1, {"de": 1, "en": 1})
    assert [root["name"] for root in facts["roots"]] == ["docs"]
    assert "de 1, en 1" in shown


def test_damage_ends_with_the_code_of_the_disk(folder: Path) -> None:
    _run(folder, "add", "docs")
    connection = connect(folder / "ws")
    connection.execute("DELETE FROM documents")
    connection.commit()
    connection.close()

    assert "damaged" in refused(_run(folder, "status", "--check"), 3)


@pytest.mark.parametrize("tokens", [("list",), ("status",), ("add",), ("remove", "x")])
def test_without_a_workspace_there_is_a_hint(folder: Path, tokens: tuple[str, ...]) -> None:
    assert "no workspace" in refused(_run(folder, *tokens), 2)


def test_a_path_that_is_not_there_is_refused(folder: Path) -> None:
    outcome = _run(folder, "add", "nowhere")

    assert outcome.code == 2
    assert "cannot be added" in outcome.err
