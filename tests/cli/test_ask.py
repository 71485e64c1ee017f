"""`mypt ask`: an answer with numbered citations, for people and for programs."""

import json
from pathlib import Path
from typing import Any

import pytest

from mypt.agent.scripted_speaker import ScriptedTurn
from mypt.cli.app import COMMANDS, Command
from mypt.files import write_jsonl
from tests.agent.conversations import call, says
from tests.agent.openai_server import Exchange, ended, openai_server, said
from tests.cli.line import MODEL, Outcome, refused, run
from tests.retrieval.workspaces import PAGE_END, add_text, make_workspace

QUESTION = "Wie viele Apfelbäume wachsen im Garten?"
SEARCH = call("search", query="Apfelbäume im Garten")
READ = call("get_doc", doc_id="@1")
SENTENCE = "Im Garten wachsen drei Apfelbäume."


@pytest.fixture(autouse=True)
def command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command be there."""
    monkeypatch.setitem(COMMANDS, "ask", Command("mypt.cli.ask:ask", "Ask the documents of a workspace."))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with make_workspace(tmp_path) as workspace:
        add_text(workspace, "lake.txt", "Das rote Haus steht am See." + PAGE_END + SENTENCE)
        add_text(
            workspace, "secret.txt", "Im Garten von Anna wachsen neun Apfelbäume.", ["anna"], owner="anna"
        )
    return tmp_path


def ask(folder: Path, *turns: ScriptedTurn, options: tuple[str, ...] = ()) -> Outcome:
    write_jsonl(folder / "script.jsonl", [turn.model_dump(mode="json") for turn in turns])
    return run(folder, "ask", "workspace", QUESTION, "--script", "script.jsonl", *options)


def record(outcome: Outcome) -> dict[str, Any]:
    (line,) = outcome.out.splitlines()
    return json.loads(line)


def test_an_answer_comes_with_numbers_and_the_passages_behind_them(folder: Path) -> None:
    outcome = ask(folder, SEARCH, READ, says(SENTENCE, "@1"), options=("--reader", "bob"))

    sentence, empty, cited = outcome.out.splitlines()
    assert outcome.code == 0
    assert sentence == f"{SENTENCE} [1]"
    assert empty == ""
    assert cited.startswith("[1] lake, page 2, characters 0 to 34 (d")
    assert cited.endswith("), support 1.00")


def test_each_step_is_told_to_people_while_it_is_made(folder: Path) -> None:
    outcome = ask(folder, ScriptedTurn(think="hm", call=SEARCH.call), says(SENTENCE, "@1"))

    thought, made, returned = outcome.err.splitlines()[:3]
    assert thought == "thinks: hm"
    assert made == '1. workspace.search {"query": "Apfelbäume im Garten"}'
    assert returned.startswith("1. result after ")


def test_programs_get_json(folder: Path) -> None:
    answer = record(ask(folder, SEARCH, says(SENTENCE, "@1"), options=("--json", "--reader", "bob")))

    assert (answer["text"], answer["finish"], answer["language"]) == (SENTENCE, "answer", "de")
    assert answer["citations"][0]["title"] == "lake"
    assert answer["model"]["name"] == "script"
    assert len(answer["index_digest"]) == 64


def test_a_reader_is_answered_from_what_they_may_read(folder: Path) -> None:
    bob = record(ask(folder, SEARCH, says("a"), options=("--json", "--reader", "bob")))
    anna = record(ask(folder, SEARCH, says("a"), options=("--json", "--reader", "anna")))
    operator = record(ask(folder, SEARCH, says("a"), options=("--json",)))

    assert [len(answer["retrieved"]) for answer in (bob, anna, operator)] == [1, 2, 2]


def test_what_is_not_supported_or_not_retrieved_is_marked(folder: Path) -> None:
    wrong = "Im Garten wachsen zehn Apfelbäume."

    outcome = ask(folder, SEARCH, says(f"{SENTENCE} {wrong}", "@1", "daaaaaaaaaaaa-1"))

    assert f"{wrong} [not supported]" in outcome.out
    assert "[2] daaaaaaaaaaaa-1: was not retrieved in this conversation" in outcome.out


def test_a_limit_ends_with_what_was_found_and_exit_code_6(folder: Path) -> None:
    (folder / "settings.json").write_text('{"agent": {"steps": 1}}', "utf-8")

    outcome = ask(folder, SEARCH, options=("--settings", "settings.json", "--reader", "bob"))

    assert outcome.code == 6
    assert "- lake, Seite 2" in outcome.out
    assert "error: no answer within the limits: steps" in outcome.err
    assert "hint: ask something narrower, or raise agent.steps" in outcome.err


def test_unsupported_sentences_are_refused_where_the_site_says_so(folder: Path) -> None:
    (folder / "settings.toml").write_text("[agent]\nrefuse_unsupported = true\n", "utf-8")

    outcome = ask(
        folder, SEARCH, says("Im Garten wachsen zehn.", "@1"), options=("--settings", "settings.toml")
    )

    assert outcome.code == 0
    assert outcome.out.startswith("Ich gebe keine Antwort")


def test_documents_do_not_reach_the_terminals_controls(folder: Path) -> None:
    outcome = ask(folder, SEARCH, says("Rot \x1b[31m und leise \x07.", "@1"))

    assert "\x1b" not in outcome.out + outcome.err
    assert "\\x1b[31m" in outcome.out


def test_a_server_on_this_machine_answers(folder: Path) -> None:
    with openai_server(Exchange([said(SENTENCE), ended()])) as url:
        outcome = run(folder, "ask", "workspace", QUESTION, "--server", url)

    assert outcome.code == 0
    assert outcome.out.startswith(f"{SENTENCE} [no source found]")


def test_our_own_model_answers_in_the_protocol(folder: Path, line: Path) -> None:
    outcome = run(folder, "ask", "workspace", "Was?", "--model", str(line / MODEL))

    # Its context holds 32 characters: an honest end is the right result.
    assert outcome.code == 6
    assert "this is a base model" in outcome.err
    assert "no answer within the limits: context" in outcome.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--server", "http://192.0.2.1/v1"), "192.0.2.1 is not this machine"),
        (("--script", "none.jsonl"), "none.jsonl: cannot be read"),
        (("--script", "a", "--server", "b"), "--model, --server and --script: name one of them"),
        (("--settings", "none.json"), "none.json"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is(
    folder: Path, options: tuple[str, ...], said: str
) -> None:
    outcome = run(folder, "ask", "workspace", QUESTION, *options)

    assert outcome.code == 2
    assert said in outcome.err
    assert outcome.out == ""


def test_an_empty_question_is_refused(folder: Path) -> None:
    write_jsonl(folder / "script.jsonl", [{"answer": "a"}])

    assert "the question is empty" in refused(
        run(folder, "ask", "workspace", " ", "--script", "script.jsonl"), 2
    )
