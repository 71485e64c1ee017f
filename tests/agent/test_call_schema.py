"""The schema of allowed calls, and a real grammar that accepts exactly them."""

import json
from typing import Any

import pytest

from mypt.agent.arguments import read_arguments
from mypt.agent.call_schema import LLGUIDANCE_OPTIONS, call_schema
from mypt.agent.config import ToolSettings
from mypt.agent.toolbox import BUILT_IN, Toolbox
from mypt.conversation.episode import ToolCallMessage
from mypt.conversation.render import _tool_call_json

SPECS = Toolbox(ToolSettings()).specs


def _call(name: str, **arguments: Any) -> str:
    return _tool_call_json(ToolCallMessage(name=name, arguments=arguments))


VALID = [
    _call("workspace.search", query="Frist"),
    _call("workspace.search", query='Zürich "x"\n', top_k=20),
    _call("workspace.search", query="a", filters={"languages": ["de", "en"], "documents": ["d1"]}),
    _call("workspace.search", query="a", filters={"modified_from": "2024-01-31"}, top_k=3),
    _call("workspace.list_docs"),
    _call("workspace.list_docs", page=2),
    _call("workspace.get_doc", doc_id="dabc"),
    _call("workspace.get_doc", title="OR", page=3),
    _call("workspace.get_doc", doc_id="dabc-1", range="3:1500-"),
    _call("workspace.get_doc", doc_id="dabc", range="2-4"),
    _call("workspace.summarize", text="A text."),
]
INVALID = [
    _call("workspace.delete", doc_id="d"),
    _call("workspace.search"),
    _call("workspace.search", query=""),
    _call("workspace.search", query="a", top_k=0),
    _call("workspace.search", query="a", top_k="5"),
    _call("workspace.search", query="a", other=1),
    _call("workspace.search", query="a", filters={"languages": ["deutsch"]}),
    _call("workspace.get_doc"),
    _call("workspace.get_doc", doc_id="d", title="t"),
    _call("workspace.get_doc", doc_id="d", page=1, range="1-2"),
    _call("workspace.get_doc", doc_id="d", range="first"),
    '{"arguments": {}, "name": "workspace.list_docs"}',
    '{"name":"workspace.list_docs","arguments":{}}',
    _call("workspace.list_docs") + " ",
]


def test_a_call_has_name_and_arguments_in_this_order() -> None:
    for call in call_schema(SPECS)["anyOf"]:  # type: ignore[union-attr]
        assert isinstance(call, dict)
        assert list(call["properties"]) == ["name", "arguments"]  # type: ignore[arg-type]


def test_only_allowed_tools_can_be_called() -> None:
    few = Toolbox(ToolSettings(allowed=("workspace.search",))).specs

    assert "get_doc" not in json.dumps(call_schema(few))


def test_where_ids_are_known_a_document_is_one_of_them() -> None:
    get_doc = [spec for spec in SPECS if spec.name == "workspace.get_doc"]

    calls: Any = call_schema(get_doc, ["d1", "d1-2"])["anyOf"]

    documents = [call["properties"]["arguments"]["properties"]["doc_id"] for call in calls]
    assert documents == [{"enum": ["d1", "d1-2"], "type": "string"}] * 3


@pytest.fixture(scope="module")
def accepts() -> Any:
    """Return what says whether llguidance's compiled grammar takes a whole text."""
    llguidance = pytest.importorskip("llguidance", reason="pip install llguidance")
    schema = {**call_schema(SPECS), "x-guidance": LLGUIDANCE_OPTIONS}
    grammar = llguidance.LLMatcher.grammar_from_json_schema(json.dumps(schema))
    tokenizer = llguidance.LLTokenizer("byte")

    def check(text: str) -> bool:
        matcher = llguidance.LLMatcher(tokenizer, grammar)
        assert not matcher.is_error(), matcher.get_error()
        ids = list(text.encode())
        return bool(matcher.try_consume_tokens(ids) == len(ids) and matcher.is_accepting())

    return check


@pytest.mark.parametrize("call", VALID)
def test_the_grammar_accepts_what_the_renderer_writes(accepts: Any, call: str) -> None:
    assert accepts(call)


@pytest.mark.parametrize("call", INVALID)
def test_the_grammar_refuses_every_other_call(accepts: Any, call: str) -> None:
    assert not accepts(call)


@pytest.mark.parametrize("call", VALID)
def test_validation_agrees_with_the_grammar(call: str) -> None:
    values = json.loads(call)
    tool: Any = BUILT_IN[values["name"]]

    assert read_arguments(values["arguments"], tool.arguments)
