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


def call_schema(tools: Sequence[ToolSpec], known_ids: Sequence[str] = ()) -> JsonObject:
    """Return the schema of `{"name": …, "arguments": …}` for these tools, keys in that order.

    Where ids are known, a `doc_id` is one of them, and tools that take one are called with it.
    """
    calls = [(tool.name, schema) for tool in tools for schema in _ways(tool, known_ids)]
    return {"anyOf": [_call(name, schema) for name, schema in calls]}


def _ways(tool: ToolSpec, known_ids: Sequence[str]) -> list[JsonObject]:
    with_id = [schema for schema in tool.schemas if "doc_id" in _properties(schema)]
    if not (known_ids and with_id):
        return list(tool.schemas)
    one_of_them: JsonObject = {"enum": [*known_ids], "type": "string"}
    return [{**schema, "properties": {**_properties(schema), "doc_id": one_of_them}} for schema in with_id]


def _properties(schema: JsonObject) -> JsonObject:
    properties = schema.get("properties")
    return properties if isinstance(properties, dict) else {}


def _call(name: str, arguments: JsonObject) -> JsonObject:
    return {
        "type": "object",
        "properties": {"name": {"const": name}, "arguments": arguments},
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }
