"""The JSON Schema of every call that is allowed, for decoding that can write nothing else."""

from collections.abc import Sequence

from mypt.agent.arguments import JsonObject
from mypt.agent.tool import ToolSpec

LLGUIDANCE_OPTIONS: JsonObject = {
    "whitespace_flexible": False,
    "item_separator": ", ",
    "key_separator": ": ",
}
"""What makes llguidance write calls byte for byte as the renderer does."""


def call_schema(tools: Sequence[ToolSpec]) -> JsonObject:
    """Return the schema of `{"name": …, "arguments": …}` for these tools, keys in that order."""
    return {"anyOf": [_call(tool.name, schema) for tool in tools for schema in tool.schemas]}


def _call(name: str, arguments: JsonObject) -> JsonObject:
    return {
        "type": "object",
        "properties": {"name": {"const": name}, "arguments": arguments},
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }
