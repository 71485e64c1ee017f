"""`mypt index`: hits for people and programs, and no way for a document to steer the terminal."""

import io
import json
from pathlib import Path
from typing import Any, Literal

import pytest
from rich.console import Console

from mypt.cli import index as commands
from mypt.cli.index import show_hits
from mypt.retrieval.hashing_embedder import HashingEmbedder
from mypt.retrieval.hit import Hit
from mypt.retrieval.index import build
from mypt.retrieval.retriever import Retriever
from mypt.workspace.rows import OPERATOR, PassageRow
from tests.cli.line import Outcome, refused, run
from tests.retrieval.workspaces import PAGE_END, add_text, make_workspace


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with make_workspace(tmp_path) as workspace:
        add_text(workspace, "lake.txt", "Das rote Haus steht am See." + PAGE_END + "Im Garten wachsen Äpfel.")
        add_text(workspace, "secret.txt", "Das Haus von Anna", readers=["anna"], owner="anna")
    return tmp_path


def search(folder: Path, *tokens: str) -> Outcome:
    return run(folder, "index", "search", "workspace", *tokens)


def found(outcome: Outcome) -> list[dict[str, Any]]:
    assert outcome.code == 0, outcome
    (line,) = outcome.out.splitlines()
    return json.loads(line)["hits"]


def test_a_workspace_is_built_and_searched(folder: Path) -> None:
    built = run(folder, "index", "build", "workspace", "--embedders", "hashing")

    outcome = search(folder, "Häuser am See")

    assert built.code == 0, built
    assert Path(built.out.strip()) == Path("workspace/index")
    assert "3 vectors computed by hashing" in built.err
    for part in ("score", "lake", "page 1", "hashing", "keyword", "coverage"):
        assert part in outcome.out


def test_an_index_need_not_be_built_to_be_searched_by_words(folder: Path) -> None:
    outcome = search(folder, "Äpfel")

    assert "Im Garten wachsen" in outcome.out


def test_programs_get_json(folder: Path) -> None:
    (hit,) = found(search(folder, "Garten", "--json"))

    assert hit["text"] == "Im Garten wachsen Äpfel."
    assert (hit["page"], hit["title"], hit["matches"]) == (2, "lake", [[3, 9]])
    assert set(hit["parts"]) == {"keyword", "coverage"}


def test_a_reader_sees_what_is_theirs(folder: Path) -> None:
    assert len(found(search(folder, "Haus", "--json"))) == 2
    assert len(found(search(folder, "Haus", "--json", "--reader", "bob"))) == 1
    assert len(found(search(folder, "Haus", "--json", "--reader", "bob", "--reader", "anna"))) == 2


def test_filters_are_options(folder: Path) -> None:
    assert len(found(search(folder, "Haus", "--json", "--formats", "text"))) == 2
    assert found(search(folder, "Haus", "--json", "--formats", "pdf")) == []
    assert found(search(folder, "Haus", "--json", "--modified-to", "1999-12-31")) == []
    assert len(found(search(folder, "Haus", "--json", "--top-k", "1"))) == 1


def test_nothing_found_is_no_error(folder: Path) -> None:
    outcome = search(folder, "Quantenchromodynamik")

    assert (outcome.code, outcome.out) == (0, "")
    assert "nothing found" in outcome.err


def test_what_is_no_question_or_no_workspace_is_refused(folder: Path) -> None:
    assert "empty" in refused(search(folder, " "), 2)
    assert "no workspace" in refused(run(folder, "index", "search", "nowhere", "x"), 2)
    assert "there are e5" in refused(run(folder, "index", "build", "workspace", "--embedders", "magic"), 2)


def test_an_index_of_another_embedder_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(folder, "index", "build", "workspace", "--embedders", "hashing")
    monkeypatch.setattr(commands, "open_embedders", lambda *_: [HashingEmbedder(8)])

    assert "made with hashing" in refused(search(folder, "Haus"), 2)


def printed(hits: list[Hit], *, is_terminal: bool) -> str:
    out = io.StringIO()
    colours: Literal["standard"] | None = "standard" if is_terminal else None
    show_hits(hits, Console(file=out, force_terminal=is_terminal, width=100, color_system=colours))
    return out.getvalue()


def test_matches_are_bold_on_a_terminal_and_plain_elsewhere(tmp_path: Path) -> None:
    with make_workspace(tmp_path) as workspace:
        add_text(workspace, "lake.txt", "Das rote Haus")
        build(workspace, [])
        hits = Retriever.open(workspace).search("Haus", OPERATOR)

    assert "\x1b[1mHaus\x1b[0m" in printed(hits, is_terminal=True)
    assert "\x1b" not in printed(hits, is_terminal=False)


def hit(text: str, title: str = "Titel", matches: tuple[tuple[int, int], ...] = ()) -> Hit:
    passage = PassageRow("d-1", "d", 1, 1, 0, len(text), ("Teil",), "de", text)
    return Hit(passage, title, 1.0, {"keyword": 0.5}, matches)


def test_control_characters_of_a_document_are_shown_not_sent() -> None:
    hostile = "a\x1b[2Jb\x07\u202ec [red]x[/]"

    shown = printed([hit(hostile, title=hostile, matches=((0, 3),))], is_terminal=False)

    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\u202e" not in shown
    assert r"\x1b" in shown
    assert "[red]x[/]" in shown


def test_a_long_passage_is_shown_around_its_first_match() -> None:
    text = "Anfang " + "x " * 500 + "Treffer " + "y " * 500

    shown = printed([hit(text, matches=((1007, 1014),))], is_terminal=False)

    assert "Treffer" in shown
    assert "Anfang" not in shown
    assert shown.count("…") == 2
