"""A tool of a local MCP server, as one of ours: with a prefix, bounds and the same allow-list."""

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import JsonValue

from mypt.agent.foreign_schema import check_arguments, clean_schema, signature_of
from mypt.agent.mcp_client import McpClient, plain
from mypt.agent.room import cut, rendered, rendered_length
from mypt.agent.tool import ToolSpec
from mypt.agent.toolbox import is_allowed
from mypt.agent.view import WorkspaceView
from mypt.errors import ToolFailed

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
_MAX_DESCRIPTION = 200

log = logging.getLogger(__name__)


class McpTool:
    """One tool of a running server; it sees its arguments and nothing of the workspace."""

    def __init__(self, client: McpClient, name: str, spec: ToolSpec) -> None:
        self._client = client
        self._name = name
        self._spec = spec

    @property
    def spec(self) -> ToolSpec:
        """Return what a model is told of it."""
        return self._spec

    def __call__(
        self,
        values: Mapping[str, JsonValue],
        view: WorkspaceView,  # noqa: ARG002  # documents go to no other program
        room: int,
    ) -> JsonValue:
        """Return the text of the result; ToolFailed with the server's words when it calls it an error."""
        check_arguments(values, self._spec.schemas[0], self._spec.signature)
        result = self._client.call(self._name, values)
        text = "\n".join(_texts(result))
        if result.get("isError") is True:
            raise ToolFailed(f"{self._spec.name}: {plain(text, 300) or 'it failed'}")
        frame = rendered_length({"note": "cut", "text": ""})
        shown = cut(text, room - frame)
        return {"text": shown} if shown == text else {"note": "cut", "text": shown}


def allowed_tools(client: McpClient, allowed: Sequence[str]) -> list[McpTool]:
    """Return those tools of a server that the site allows; one that is described badly is left out."""
    tools: dict[str, McpTool] = {}
    n_unusable = 0
    for described in client.list_tools():
        spec = _spec(client.name, described)
        if spec is None:
            n_unusable += 1
        elif is_allowed(spec.name, allowed):
            tools.setdefault(spec.name, McpTool(client, described["name"], spec))
    if n_unusable:
        log.warning("%s: %d tools left out: name or schema is not usable", client.name, n_unusable)
    return list(tools.values())


def _spec(server: str, described: Mapping[str, Any]) -> ToolSpec | None:
    """Return what we tell of a tool: of the server's words only a short line is kept."""
    name, schema = described.get("name"), clean_schema(described.get("inputSchema"))
    if not isinstance(name, str) or not _NAME.fullmatch(name) or schema is None:
        return None
    description = plain(described.get("description") or "", _MAX_DESCRIPTION)
    return ToolSpec(f"{server}.{name}", description, signature_of(schema), (schema,))


def _texts(result: Mapping[str, Any]) -> list[str]:
    content = result.get("content")
    parts = [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    texts = [part["text"] for part in parts if isinstance(part.get("text"), str)]
    structured = result.get("structuredContent")
    return texts or ([rendered(structured)] if structured is not None else [])
