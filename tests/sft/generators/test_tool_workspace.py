"""Made-up workspaces: whole, the same wherever they lie, and with results that are the live tools' own."""

from pathlib import Path
from random import Random

import pytest
from pydantic import JsonValue

from mypt.agent.tool import error_result
from mypt.errors import InputError, MyptError
from mypt.extraction.extractor import Extractor
from mypt.sft.generators.tool_workspace import SIZES, Language, keywords, make_up, open_given, passages_of
from mypt.workspace.workspace import Workspace
from tests.sft.generators.tool_plays import LANGUAGES, ROOM, workspace_in


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_fact_stands_where_it_is_said_to_stand(language: Language) -> None:
    workspace = workspace_in(language)

    for fact in workspace.facts:
        (shown,) = workspace.view.passages([fact.passage.id])
        assert fact.sentence in shown.text
        assert shown.document_id == fact.document.id
    assert len(workspace.documents) in SIZES
    assert {fact.document.id for fact in workspace.facts} == {row.id for row in workspace.documents}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_document_is_in_the_language_and_has_a_title_of_its_own(language: Language) -> None:
    rows = workspace_in(language).documents

    assert {row.language for row in rows} == {language}
    assert len({row.title for row in rows}) == len(rows)
    assert {row.format for row in rows} <= {"text", "markdown"}
    assert any(row.n_pages > 1 for row in rows)


def test_a_workspace_is_the_same_in_another_folder(tmp_path: Path) -> None:
    with Extractor() as extractor:
        made = [make_up(tmp_path / name, Random(2), "de", extractor) for name in ("one", "other")]  # noqa: S311

    (first, first_facts), (second, second_facts) = made
    assert [row.id for row in first.documents()] == [row.id for row in second.documents()]
    assert [(one.topic, one.passage) for one in first_facts] == [
        (one.topic, one.passage) for one in second_facts
    ]


def test_a_call_gives_what_the_live_tool_gives() -> None:
    workspace = workspace_in("en")
    fact = workspace.facts[0]
    calls: dict[str, dict[str, JsonValue]] = {
        "workspace.search": {"query": fact.query},
        "workspace.get_doc": {"doc_id": fact.document.id, "page": 99},
        "workspace.nothing": {},
    }

    for name, arguments in calls.items():
        try:
            live = workspace.toolbox.run(name, arguments, workspace.view, room=ROOM, seconds=20)
        except MyptError as told:
            live = error_result(told)
        assert workspace.run(name, arguments) == live
        assert workspace.run(name, arguments) is workspace.run(name, arguments)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("the number of employees of Falkenberg Works", "number employees Falkenberg Works"),
        ("die Zahl der Beschäftigten der Firma Ahornach", "Zahl Beschäftigten Firma Ahornach"),
        ("the price of the scanner AB-1024?", "price scanner AB-1024"),
    ],
)
def test_a_query_keeps_the_words_that_say_something(text: str, kept: str) -> None:
    assert keywords(text) == kept


def test_a_given_workspace_needs_documents(tmp_path: Path) -> None:
    Workspace.create(tmp_path / "empty").close()

    with pytest.raises(InputError, match="holds no documents"):
        open_given(tmp_path / "empty")
    with pytest.raises(InputError, match="no workspace"):
        open_given(tmp_path / "nowhere")


def test_passages_come_in_order() -> None:
    workspace = workspace_in("en")
    row = max(workspace.documents, key=lambda one: one.n_passages)

    assert [passage.number for passage in passages_of(workspace.view, row)] == list(
        range(1, row.n_passages + 1)
    )
