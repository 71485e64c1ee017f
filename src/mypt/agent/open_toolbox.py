"""The tools of a site's settings, with the servers that some of them need, as long as a block runs."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from mypt.agent.config import ToolSettings
from mypt.agent.mcp_client import McpClient
from mypt.agent.mcp_tool import McpTool, allowed_tools
from mypt.agent.toolbox import Toolbox


@contextmanager
def open_toolbox(settings: ToolSettings, environment: Mapping[str, str]) -> Iterator[Toolbox]:
    """Yield the allowed tools; a server is started only when the list allows a tool of it.

    Raises ToolFailed when a server does not start, ConfigError for a list that names what nobody has.
    """
    further: list[McpTool] = []
    with ExitStack() as servers:
        for server in settings.servers:
            if any(name.startswith(f"{server.name}.") for name in settings.allowed):
                client = servers.enter_context(McpClient(server, settings.seconds, environment))
                further += allowed_tools(client, settings.allowed)
        toolbox = Toolbox(settings, further)
        servers.callback(toolbox.close)
        yield toolbox
