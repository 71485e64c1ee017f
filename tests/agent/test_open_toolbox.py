"""Servers are started for tools that are allowed, and ended with the block."""

import os
import sys
from pathlib import Path

import pytest

from mypt.agent.config import McpServer, ToolSettings
from mypt.agent.open_toolbox import open_toolbox
from mypt.errors import ConfigError, ToolFailed
from tests.agent.test_mcp_client import ends, is_running, rude_server


def test_without_servers_there_are_the_four_tools() -> None:
    with open_toolbox(ToolSettings(), os.environ) as toolbox:
        assert len(toolbox.specs) == 4


def test_an_allowed_server_is_started_and_ended(tmp_path: Path) -> None:
    settings = ToolSettings(allowed=("rude.*",), servers=(rude_server(tmp_path, "noisy"),))

    with open_toolbox(settings, os.environ) as toolbox:
        assert [spec.name for spec in toolbox.specs] == ["rude.good"]
        process = int((tmp_path / "child").read_text("utf-8"))
        assert is_running(process)

    assert ends(process)


def test_a_server_without_allowed_tools_is_not_started(tmp_path: Path) -> None:
    command = (sys.executable, "-c", f"open({str(tmp_path / 'started')!r}, 'w')")
    settings = ToolSettings(servers=(McpServer(name="site", command=command),))

    with open_toolbox(settings, os.environ):
        pass

    assert not (tmp_path / "started").exists()


def test_a_server_that_does_not_start_and_a_wrong_list_are_named() -> None:
    broken = ToolSettings(allowed=("site.*",), servers=(McpServer(name="site", command=("/no/such",)),))

    with pytest.raises(ToolFailed, match="site: cannot be started"), open_toolbox(broken, os.environ):
        pass
    with pytest.raises(ConfigError), open_toolbox(ToolSettings(allowed=("x.y",)), os.environ):
        pass
