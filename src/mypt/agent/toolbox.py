"""The tools that a site allows, and what becomes of a call."""

import fnmatch
import logging
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from mypt.agent.config import ToolSettings
from mypt.agent.deadline import Worker
from mypt.agent.room import cut, rendered, rendered_length
from mypt.agent.tool import Tool, is_error
from mypt.agent.tools.get_doc import GET_DOC
from mypt.agent.tools.list_docs import LIST_DOCS
from mypt.agent.tools.search import SEARCH
from mypt.agent.tools.summarize import SUMMARIZE
from mypt.agent.view import WorkspaceView
from mypt.config import did_you_mean
from mypt.errors import ConfigError, MyptError, ToolFailed, ToolInputError

BUILT_IN: Mapping[str, Tool] = {tool.name: tool for tool in (SEARCH, LIST_DOCS, GET_DOC, SUMMARIZE)}

_OVERHANG = 1.25
"""A built-in tool may pass the room a little, where ids and titles alone fill it."""

log = logging.getLogger(__name__)


class Toolbox:
    """The allowed tools by name; others do not exist."""

    def __init__(self, settings: ToolSettings, further: Sequence[Tool] = ()) -> None:
        """Keep the allowed ones of the built-in and further tools; ConfigError for a name nobody has."""
        self.settings = settings
        tools = {**BUILT_IN, **{tool.spec.name: tool for tool in further}}
        patterns = settings.allowed
        _refuse_unknown(patterns, tools, settings)
        self._tools = {name: tool for name, tool in tools.items() if is_allowed(name, patterns)}
        self.specs = [tool.spec for tool in self._tools.values()]
        """What a model is told, tool by tool."""
        self._worker = Worker()

    def run(
        self, name: str, arguments: Mapping[str, JsonValue], view: WorkspaceView, *, room: int, seconds: float
    ) -> JsonValue:
        """Return the result of a call, cut to its room.

        Raises ToolInputError for a tool there is not and for wrong arguments, ToolFailed when
        it breaks or takes too long, and what the tool itself raises of our tree.
        """
        tool = self._tools.get(name)
        if tool is None:
            near = did_you_mean(name, self._tools)
            raise ToolInputError(f"no such tool: {name[:60]}{near}", hint=f"tools: {', '.join(self._tools)}")
        limit = min(seconds, self.settings.seconds)
        try:
            content = self._worker.call(lambda: tool(arguments, view, room), limit, name)
        except MyptError:
            raise
        except Exception as error:  # a bug of a tool ends its call, not the conversation
            log.exception("tool %s failed", name)
            raise ToolFailed(f"{name} failed: {type(error).__name__}") from error
        return content if is_error(content) else _cut_to(content, room)

    def close(self) -> None:
        """Let the thread of the tools end."""
        self._worker.close()


def is_allowed(name: str, patterns: Sequence[str]) -> bool:
    """Say whether a list allows a tool, by its full name or by all of its server."""
    return any(
        name == pattern or (pattern.endswith(".*") and fnmatch.fnmatchcase(name, pattern))
        for pattern in patterns
    )


def _refuse_unknown(patterns: Sequence[str], tools: Mapping[str, Tool], settings: ToolSettings) -> None:
    servers = {server.name for server in settings.servers}
    for pattern in patterns:
        if pattern not in tools and pattern.partition(".")[0] not in servers:
            known = ", ".join(tools)
            raise ConfigError(
                f"tools.allowed: no tool is called `{pattern}`{did_you_mean(pattern, tools)}",
                hint=f"built in: {known}; `NAME.*` allows those of a server in tools.servers",
            )


def _cut_to(content: JsonValue, room: int) -> JsonValue:
    """Replace a result that is far too long by its beginning as text, and say so."""
    length = rendered_length(content)
    if length <= room * _OVERHANG:
        return content
    text = content if isinstance(content, str) else rendered(content)
    return {"note": f"cut: {length} characters are too many", "text": cut(text, room)}
