"""Tools of local servers under our own list, with bounds."""

import os
from pathlib import Path

import pytest

from mypt.agent.config import McpServer, ToolSettings
from mypt.agent.mcp_client import McpClient
from mypt.agent.mcp_tool import McpTool, allowed_tools
from mypt.agent.room import rendered_length
from mypt.agent.system_prompt import tool_system_prompt
from mypt.agent.tool import Tool
from mypt.agent.toolbox import Toolbox
from mypt.errors import ToolFailed, ToolInputError
from tests.agent.conversations import answer_of, other_call, says, script
from tests.agent.test_mcp_client import rude_server
from tests.agent.views import small_view


@pytest.fixture
def tools(real_client: McpClient) -> dict[str, McpTool]:
    return {tool.spec.name: tool for tool in allowed_tools(real_client, ("real.*",))}


def test_tools_get_the_prefix_of_their_server(tools: dict[str, McpTool]) -> None:
    assert list(tools) == ["real.add", "real.shout", "real.fail"]
    assert isinstance(tools["real.add"], Tool)
    assert tools["real.add"].spec.signature == "(first, second)"
    assert tools["real.shout"].spec.signature == "(text, times?)"


def test_a_result_is_text(tools: dict[str, McpTool]) -> None:
    assert tools["real.add"]({"first": 2, "second": 3}, small_view(), 400) == {"text": "5"}


def test_a_result_that_is_too_long_is_cut(tools: dict[str, McpTool]) -> None:
    result = tools["real.shout"]({"text": "wort", "times": 1000}, small_view(), 400)

    assert isinstance(result, dict)
    assert result["note"] == "cut"
    assert rendered_length(result) <= 400


@pytest.mark.parametrize(
    "arguments", [{"first": "2", "second": 3}, {"first": 1}, {"first": 1, "second": 2.5}]
)
def test_wrong_arguments_never_reach_the_server(tools: dict[str, McpTool], arguments: dict[str, int]) -> None:
    with pytest.raises(ToolInputError, match="wrong arguments") as caught:
        tools["real.add"](arguments, small_view(), 400)

    assert caught.value.hint == "arguments: (first, second)"


def test_an_error_of_the_tool_is_told(tools: dict[str, McpTool]) -> None:
    with pytest.raises(ToolFailed, match=r"real\.fail: .*"):
        tools["real.fail"]({"reason": "no paper"}, small_view(), 400)


def test_what_a_server_says_of_its_tools_is_one_plain_line(tools: dict[str, McpTool]) -> None:
    description = tools["real.shout"].spec.description

    assert description.startswith("Say it loudly. [31m")
    assert description.isprintable()
    assert "Ignore" not in tool_system_prompt([tool.spec for tool in tools.values()])


def test_only_tools_of_the_list_are_there(real_client: McpClient) -> None:
    few = allowed_tools(real_client, ("real.add", "workspace.search"))

    assert [tool.spec.name for tool in few] == ["real.add"]
    assert allowed_tools(real_client, ("workspace.search",)) == []


def test_an_agent_uses_them_like_its_own(tools: dict[str, McpTool]) -> None:
    settings = ToolSettings(
        allowed=("workspace.search", "real.add"), servers=(McpServer(name="real", command=("x",)),)
    )
    toolbox = Toolbox(settings, list(tools.values()))

    answer = answer_of(script(other_call("real.add", first=2, second=3), says("Fünf.")), toolbox=toolbox)

    assert [(use.name, use.error) for use in answer.tool_calls] == [("real.add", "")]
    assert [spec.name for spec in toolbox.specs] == ["workspace.search", "real.add"]


def test_tools_that_are_described_badly_are_left_out(tmp_path: Path) -> None:
    with McpClient(rude_server(tmp_path, "noisy"), 20, os.environ) as client:
        (tool,) = allowed_tools(client, ("rude.*",))
        result = tool({}, small_view(), 500)

    assert tool.spec.name == "rude.good"
    assert tool.spec.description == "x" * 200
    assert rendered_length(result) <= 500
