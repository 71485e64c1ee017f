"""Local servers of tools: a real one, and ones that misbehave."""

import json
import os
import sys
import time
from pathlib import Path

import pytest

from mypt.agent.config import McpServer
from mypt.agent.mcp_client import McpClient, plain
from mypt.errors import ToolFailed

HERE = Path(__file__).parent


def rude_server(tmp_path: Path, way: str) -> McpServer:
    script = str(HERE / "mcp_rude_server.py")
    return McpServer(name="rude", command=(sys.executable, script, way, str(tmp_path / "child")))


def start(server: McpServer, seconds: float = 20.0) -> McpClient:
    return McpClient(server, seconds, os.environ)


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def ends(process: int) -> bool:
    """Say whether a process that was killed is gone within moments."""
    deadline = time.monotonic() + 5
    while is_running(process) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not is_running(process)


def test_a_real_server_lists_its_tools_and_runs_them(real_client: McpClient) -> None:
    names = [tool["name"] for tool in real_client.list_tools()]
    result = real_client.call("add", {"first": 2, "second": 3})

    assert names == ["add", "shout", "fail"]
    assert result["content"][0]["text"] == "5"


def test_a_call_that_hangs_is_given_up_and_the_next_request_is_answered(tmp_path: Path) -> None:
    with start(rude_server(tmp_path, "hanging"), 1.0) as client:
        with pytest.raises(ToolFailed, match=r"rude: tools/call took longer than 1 seconds"):
            client.call("good", {})

        assert client.list_tools()


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(ToolFailed, match="site: cannot be started"):
        start(McpServer(name="site", command=("/no/such/program",)))


def test_a_program_that_is_no_server_is_ended() -> None:
    with pytest.raises(ToolFailed, match="the server has ended"):
        start(McpServer(name="site", command=("true",)))


def test_a_server_that_says_nothing_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="initialize took longer"):
        start(rude_server(tmp_path, "silent"), 0.5)


def test_noise_and_questions_of_the_server_do_not_confuse_it(tmp_path: Path) -> None:
    with start(rude_server(tmp_path, "noisy")) as client:
        assert len(client.list_tools()) == 8 * 10  # it goes on for ever, and is asked ten times

        asked = [json.loads(line) for line in (tmp_path / "child.asked").read_text("utf-8").splitlines()[:2]]

    assert asked[0] == {"jsonrpc": "2.0", "id": "s1", "result": {}}
    assert asked[1]["error"]["message"] == "not supported"


@pytest.mark.parametrize("way", ["endless", "dying"])
def test_a_server_that_ends_or_never_ends_a_line_has_failed(tmp_path: Path, way: str) -> None:
    with start(rude_server(tmp_path, way)) as client:
        for _ in range(2):
            with pytest.raises(ToolFailed, match="has ended"):
                client.call("good", {})


def test_the_child_and_its_own_children_are_gone_at_the_end(tmp_path: Path) -> None:
    with start(rude_server(tmp_path, "noisy")) as client:
        processes = [client._process.pid, int((tmp_path / "child").read_text("utf-8"))]
        assert all(map(is_running, processes))

    assert all(map(ends, processes))


def test_only_named_variables_reach_the_server(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    code = f"import os, pathlib; pathlib.Path({str(seen)!r}).write_text(' '.join(sorted(os.environ)))"
    server = McpServer(name="site", command=(sys.executable, "-c", code), environment={"OURS": "1"})

    with pytest.raises(ToolFailed):
        McpClient(server, 5, {"PATH": os.environ["PATH"], "TOKEN": "secret"})

    assert "TOKEN" not in seen.read_text("utf-8").split()
    assert {"OURS", "PATH"} <= set(seen.read_text("utf-8").split())


def test_foreign_text_becomes_one_short_plain_line() -> None:
    assert plain("a\n\x1b[31mb\u202e\u200bc", 10) == "a [31mb c"[:10]
    assert len(plain("x" * 10_000, 200)) == 200
    assert plain(None, 10) == "None"
