"""Whether a value is one of those that BFCL accepts, and its types as JSON Schema."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import JsonValue

BfclType = Mapping[str, Any]
"""The description of a value: `type`, and for what holds others `items` or `properties`."""

_SCHEMA_TYPES = {"dict": "object", "float": "number", "tuple": "array"}
_PYTHON_TYPES: Mapping[str, type] = {
    "string": str, "integer": int, "float": float, "boolean": bool,
    "array": list, "tuple": list, "dict": dict,
}  # fmt: skip
_IGNORED = re.compile(r"[ ,./\-_*^]")


def json_schema(described: BfclType) -> dict[str, Any]:
    """Return a description as JSON Schema; `any` becomes no type at all."""
    schema = {name: value for name, value in described.items() if name != "type"}
    if (kind := described.get("type")) not in (None, "any"):
        schema["type"] = _SCHEMA_TYPES.get(str(kind), kind)
    if isinstance(described.get("properties"), dict):
        schema["properties"] = {name: json_schema(part) for name, part in described["properties"].items()}
    if isinstance(described.get("items"), dict):
        schema["items"] = json_schema(described["items"])
    return schema


def accepts(accepted: Sequence[JsonValue], value: JsonValue, described: BfclType) -> bool:
    """Say whether a value is one of the accepted ones, and of the type of its parameter.

    A whole number is a float, but a float is no whole number. A value of another type than its
    parameter's is right where an accepted value has that type: the answers name variables so.
    """
    wanted = _PYTHON_TYPES.get(str(described.get("type")))
    if wanted is float and type(value) is int:
        value = float(value)
    kinds = {type(each) for each in accepted if each != ""}
    if wanted is not None and type(value) is not wanted and type(value) not in kinds:
        return False
    return any(_matches(each, value, described) for each in accepted)


def _matches(accepted: JsonValue, value: JsonValue, described: BfclType) -> bool:
    if isinstance(accepted, dict) and isinstance(value, dict):
        return _object_matches(accepted, value, described.get("properties") or {})
    if isinstance(accepted, list) and isinstance(value, list):
        items = described.get("items") or {}
        return len(accepted) == len(value) and all(
            accepts([one], other, items) for one, other in zip(accepted, value, strict=True)
        )
    if isinstance(accepted, str) and isinstance(value, str):
        return _plain(accepted) == _plain(value)
    if isinstance(accepted, bool) or isinstance(value, bool):
        return accepted is value
    return accepted == value


def _object_matches(
    accepted: Mapping[str, JsonValue], value: Mapping[str, JsonValue], properties: Mapping[str, BfclType]
) -> bool:
    """Compare field by field: each has a list of accepted values, with an empty text if it may be missing."""
    lists = {name: values if isinstance(values, list) else [values] for name, values in accepted.items()}
    missing = any("" not in values for name, values in lists.items() if name not in value)
    return not missing and all(
        name in lists and accepts(lists[name], each, properties.get(name, {})) for name, each in value.items()
    )


def _plain(text: str) -> str:
    """Return a text without case and without the signs that people write or leave out."""
    return _IGNORED.sub("", text).casefold().replace("'", '"')
