"""The allow-list, and what becomes of calls that go wrong."""

import threading
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import JsonValue

from mypt.agent.config import McpServer, ToolSettings
from mypt.agent.room import rendered_length
from mypt.agent.tool import ToolSpec
from mypt.agent.toolbox import Toolbox, is_allowed
from mypt.agent.view import WorkspaceView
from mypt.errors import ConfigError, InputError, ToolFailed, ToolInputError
from tests.agent.views import small_view

SERVER = McpServer(name="site", command=("true",))


class OneTool:
    """A tool that does what a test wants."""

    def __init__(self, result: Any, name: str = "site.one") -> None:
        self.spec = ToolSpec(name, "One.", "()", ({"type": "object"},))
        self._result = result

    def __call__(self, values: Mapping[str, JsonValue], view: WorkspaceView, room: int) -> JsonValue:
        assert not values
        assert view.digest
        assert room > 0
        return self._result() if callable(self._result) else self._result


def box(result: Any) -> Toolbox:
    return Toolbox(ToolSettings(allowed=("site.one",), servers=(SERVER,)), [OneTool(result)])


def run(toolbox: Toolbox, name: str = "site.one", seconds: float = 5.0, **arguments: Any) -> JsonValue:
    return toolbox.run(name, arguments, small_view(), room=400, seconds=seconds)


def test_only_allowed_tools_exist() -> None:
    toolbox = Toolbox(ToolSettings(allowed=("workspace.search",)))

    assert [spec.name for spec in toolbox.specs] == ["workspace.search"]
    with pytest.raises(ToolInputError, match=r"no such tool: workspace\.get_doc"):
        run(toolbox, "workspace.get_doc", doc_id="d")


def test_a_name_that_is_nearly_right_is_suggested() -> None:
    with pytest.raises(ToolInputError, match=r"did you mean `workspace\.search`") as caught:
        run(Toolbox(ToolSettings()), "workspace.serch", query="a")

    assert "workspace.list_docs" in caught.value.hint


def test_a_list_that_allows_what_nobody_has_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"no tool is called `workspace\.delete`"):
        Toolbox(ToolSettings(allowed=("workspace.delete",)))


def test_a_server_that_is_named_may_be_allowed_whole() -> None:
    toolbox = Toolbox(ToolSettings(allowed=("site.*",), servers=(SERVER,)), [OneTool("r")])

    assert [spec.name for spec in toolbox.specs] == ["site.one"]


@pytest.mark.parametrize(
    ("name", "patterns", "expected"),
    [
        ("a.b", ("a.b",), True),
        ("a.b", ("a.*",), True),
        ("a.b", ("*",), False),
        ("ab.c", ("a.*",), False),
        ("a.b", ("a.b.*",), False),
        ("a.b", (), False),
    ],
)
def test_a_pattern_allows_one_tool_or_one_server(
    name: str, patterns: tuple[str, ...], *, expected: bool
) -> None:
    assert is_allowed(name, patterns) is expected


def test_a_bug_of_a_tool_ends_its_call_and_shows_no_traceback() -> None:
    def broken() -> None:
        raise KeyError("secret path /srv/x")

    with pytest.raises(ToolFailed) as caught:
        run(box(broken))

    assert caught.value.message == "site.one failed: KeyError"


def test_what_a_tool_says_of_our_tree_comes_through() -> None:
    def refuse() -> None:
        raise InputError("not there")

    with pytest.raises(InputError, match="not there"):
        run(box(refuse))


def test_a_tool_that_hangs_is_given_up() -> None:
    release = threading.Event()

    with pytest.raises(ToolFailed, match="took longer"):
        run(box(release.wait), seconds=0.05)

    release.set()


def test_a_result_that_is_far_too_long_is_cut_with_a_note() -> None:
    result = run(box({"text": "word " * 10_000}))

    assert isinstance(result, dict)
    assert str(result["note"]).startswith("cut: 50")
    assert rendered_length(result) < 500
