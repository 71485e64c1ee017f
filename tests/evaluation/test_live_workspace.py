"""Workspaces of the suites: whole, found by name, the same wherever they are kept; chains over them."""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from pydantic import JsonValue

from mypt.agent.config import ToolSettings
from mypt.agent.retrieved import retrieved_passages
from mypt.agent.tool import is_error
from mypt.agent.toolbox import Toolbox
from mypt.agent.view import WorkspaceView
from mypt.conversation.episode import Episode, ToolCallMessage, ToolResultMessage
from mypt.conversation.parse import ModelOutput
from mypt.errors import InputError
from mypt.evaluation.case import Case, Chain
from mypt.evaluation.live_workspace import open_documents, open_live_workspace
from mypt.evaluation.play import play
from mypt.evaluation.responder import answered
from mypt.evaluation.suite import cases_of, load_suites
from mypt.evaluation.words import holds
from mypt.workspace.rows import Filters

KEPT = TemporaryDirectory()
NAMES = ("bergstadt", "clinic", "harbour_town", "spital_und_kanzlei")


@pytest.mark.parametrize("name", NAMES)
def test_each_workspace_is_read_whole_and_in_one_language(name: str) -> None:
    rows = view_of(name).documents()

    assert len(rows) == 7
    assert {row.language for row in rows} == {"en" if name in ("clinic", "harbour_town") else "de"}
    assert all(row.origin.startswith(f"{name}/") for row in rows)


def test_ids_do_not_depend_on_where_it_is_kept(tmp_path: Path) -> None:
    views = (view_of("clinic"), open_live_workspace("clinic", tmp_path / "elsewhere"))

    found = [[hit.passage.id for hit in view.search("rescue boat", 3, Filters())] for view in views]

    assert found[0]
    assert found[0] == found[1]


def test_a_workspace_that_is_there_is_taken_as_it_is() -> None:
    before = view_of("clinic").documents()

    assert open_live_workspace("clinic", Path(KEPT.name)).documents() == before


@pytest.mark.parametrize("name", ["nowhere", "", "../suites", "."])
def test_a_name_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no suite has a workspace") as caught:
        open_live_workspace(name, tmp_path)

    assert "clinic" in str(caught.value.hint)


def test_a_document_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "empty.txt").write_text(" ", "utf-8")

    with pytest.raises(InputError, match=r"empty\.txt"):
        open_documents(documents, tmp_path / "kept")


@cache
def view_of(name: str) -> WorkspaceView:
    return open_live_workspace(name, Path(KEPT.name))


class Knowing:
    """Takes the calls that a chain asks for, and answers from the file that it names."""

    def __init__(self, cases: Sequence[Case]) -> None:
        self._cases = {str(case.messages): case for case in cases}

    def respond(self, prompts: Sequence[Episode], *, max_tokens: int | None = None) -> list[ModelOutput]:  # noqa: ARG002
        return [self._turn(prompt) for prompt in prompts]

    def _turn(self, prompt: Episode) -> ModelOutput:
        case = self._cases[str(prompt.messages[:1])]
        assert isinstance(case.check, Chain)
        made = [
            call.name
            for call, result in zip(prompt.messages[1::2], prompt.messages[2::2], strict=True)
            if isinstance(call, ToolCallMessage) and isinstance(result, ToolResultMessage)
            and not is_error(result.content)
        ]  # fmt: skip
        question, shown = case.messages[0].model_dump()["content"], retrieved_passages(prompt)
        page, document = self._place(case)
        for name in case.check.tools[len(made) :]:
            arguments: dict[str, dict[str, JsonValue]] = {
                "workspace.search": {"query": question[-120:], "top_k": 3},
                "workspace.get_doc": {"doc_id": document, "page": page},
            }
            return called(name, arguments.get(name, {}))
        for passage, text in shown.items():
            told = next((value for value in case.check.any_of if holds(text, value)), None)
            if told and passage.startswith(document):
                return answered(told, passage)
        return called("workspace.get_doc", {"doc_id": document, "page": page})

    def _place(self, case: Case) -> tuple[int, str]:
        """Return the page and the document on which the answer stands."""
        assert isinstance(case.check, Chain)
        view = view_of(str(case.workspace))
        document = next(row for row in view.documents() if row.origin.endswith(case.check.cite_origin[0]))
        rows = view.passages([f"{document.id}-{n}" for n in range(1, document.n_passages + 1)])
        return next(row.page for row in rows if holds_any(row.text, case.check.any_of)), document.id


def holds_any(text: str, values: Sequence[str]) -> bool:
    return any(holds(text, value) for value in values)


def called(name: str, arguments: dict[str, JsonValue]) -> ModelOutput:
    return ModelOutput("", None, (), ToolCallMessage(name=name, arguments=arguments), ())


def test_who_knows_the_documents_passes_each_chain_and_recovery() -> None:
    cases = cases_of(load_suites(["phase6"]))

    played = play(cases, Knowing(cases), view_of, room=1024)

    assert {one.case.id: one.verdict().reason for one in played if not one.verdict().passed} == {}


@pytest.mark.parametrize("name", ["phase5", "phase6"])
def test_tool_suites_have_as_many_cases_in_german_as_in_english(name: str) -> None:
    counts = Counter((case.bucket, case.language) for case in cases_of(load_suites([name])))

    assert set(counts.values()) == {25}
    assert len(counts) == (6 if name == "phase5" else 4)


def test_results_that_stand_in_cases_are_the_live_ones() -> None:
    toolbox, n_results = Toolbox(ToolSettings()), 0
    for case in cases_of(load_suites(["phase5"])):
        for call, result in pairwise(case.messages):
            if isinstance(call, ToolCallMessage) and isinstance(result, ToolResultMessage):
                live = toolbox.run(
                    call.name, call.arguments, view_of(str(case.workspace)), room=1024, seconds=20
                )
                assert result.content == live
                n_results += 1
    assert n_results
