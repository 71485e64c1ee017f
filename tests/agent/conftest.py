"""One real server of tools for all tests: it takes seconds to start."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mypt.agent.config import McpServer
from mypt.agent.mcp_client import McpClient


@pytest.fixture(scope="session")
def real_client() -> Iterator[McpClient]:
    """Return a client of a server that the `mcp` package runs; skipped without it."""
    pytest.importorskip("mcp", reason="pip install mcp")
    script = str(Path(__file__).with_name("mcp_real_server.py"))
    with McpClient(McpServer(name="real", command=(sys.executable, script)), 20, os.environ) as client:
        yield client
