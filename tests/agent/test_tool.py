"""What a tool is, and its errors as results."""

from mypt.agent.tool import Tool, error_result, is_error
from mypt.agent.tools.get_doc import GET_DOC
from mypt.conversation.episode import ToolResultMessage
from mypt.conversation.render import _tool_result_json
from mypt.errors import InputError, ToolFailed


def test_a_built_in_tool_is_a_tool_and_tells_what_it_takes() -> None:
    assert isinstance(GET_DOC, Tool)
    assert GET_DOC.spec.name == "workspace.get_doc"
    assert GET_DOC.spec.signature == "(doc_id|title, page|range?)"


def test_an_error_is_rendered_as_the_protocol_says() -> None:
    content = error_result(InputError("no such document", hint="look at the list"))

    assert is_error(content)
    assert _tool_result_json(ToolResultMessage(name="t", content=content)) == (
        '{"name": "t", "error": {"hint": "look at the list", "message": "no such document"}}'
    )


def test_an_error_without_a_hint_has_none() -> None:
    assert error_result(ToolFailed("broken")) == {"error": {"message": "broken"}}


def test_a_result_that_mentions_an_error_is_none() -> None:
    assert not is_error({"error": "x", "passages": []})
    assert not is_error("error")
