"""JSON Schemas that another program wrote: bounded, cleaned and checked against, never trusted."""

from collections.abc import Iterator, Mapping
from typing import Any

from mypt.agent.arguments import JsonObject
from mypt.agent.room import rendered_length
from mypt.errors import ToolInputError

_MAX_CHARACTERS = 8_000
_MAX_DEPTH = 8
_MAX_PROPERTIES = 24

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
_KEPT = frozenset({"const", "additionalProperties"})
_BOUNDS = frozenset({"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"})


def clean_schema(schema: object) -> JsonObject | None:
    """Return the part of a schema that is understood, keys sorted; None when it is not one to rely on.

    Patterns, references and alternatives are left out: the server itself checks them, and a foreign
    pattern could take for ever. Texts are left out too: nothing in them reaches the model.
    """
    if not isinstance(schema, dict) or schema.get("type", "object") != "object":
        return None
    if _depth(schema) > _MAX_DEPTH or rendered_length(schema) > _MAX_CHARACTERS:
        return None
    cleaned = _clean({"type": "object", **schema})
    properties = cleaned.setdefault("properties", {})
    is_named_well = all(name.isidentifier() and len(name) <= 40 for name in properties)
    return cleaned if is_named_well and len(properties) <= _MAX_PROPERTIES else None


def check_arguments(values: Mapping[str, Any], schema: JsonObject, signature: str) -> None:
    """Raise ToolInputError for arguments that a cleaned schema refuses."""
    problems = list(_problems(dict(values), schema, ""))
    if problems:
        raise ToolInputError(f"wrong arguments: {'; '.join(problems[:5])}", hint=f"arguments: {signature}")


def signature_of(schema: JsonObject) -> str:
    """Return the arguments on one line, optional ones with a question mark."""
    properties, required = schema.get("properties"), schema.get("required")
    names = list(properties) if isinstance(properties, dict) else []
    needed = required if isinstance(required, list) else []
    return f"({', '.join(name if name in needed else f'{name}?' for name in names)})"


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0


def _clean(schema: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in sorted(schema.items()):
        if key == "properties" and isinstance(value, dict):
            kept[key] = {
                str(name): _clean(part) for name, part in sorted(value.items()) if isinstance(part, dict)
            }
        elif key == "enum" and isinstance(value, list):
            kept[key] = value
        elif key == "items" and isinstance(value, dict):
            kept[key] = _clean(value)
        elif key == "required" and isinstance(value, list):
            kept[key] = sorted({name for name in value if isinstance(name, str)})
        elif _is_kept(key, value):
            kept[key] = value
    return kept


def _is_kept(key: str, value: Any) -> bool:
    if key == "type":
        return all(name in _TYPES for name in _listed(value))
    return key in _KEPT or (key in _BOUNDS and type(value) in (int, float))


def _listed(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _problems(value: Any, schema: Mapping[str, Any], where: str) -> Iterator[str]:
    name = where or "arguments"
    if not _has_type(value, schema.get("type")):
        yield f"{name}: expected {schema['type']}"
        return
    if ("enum" in schema and value not in schema["enum"]) or value != schema.get("const", value):
        yield f"{name}: expected one of {schema.get('enum', [schema.get('const')])}"
    yield from _size_problems(value, schema, name)
    if isinstance(value, dict):
        yield from _object_problems(value, schema, where)
    if isinstance(value, list) and "items" in schema:
        for number, item in enumerate(value):
            yield from _problems(item, schema["items"], f"{name}.{number}")


def _has_type(value: Any, wanted: object) -> bool:
    known = [_TYPES[name] for name in _listed(wanted) if name in _TYPES]
    if isinstance(value, bool):
        return not known or (bool,) in known
    return not known or any(isinstance(value, types) for types in known)


def _size_problems(value: Any, schema: Mapping[str, Any], name: str) -> Iterator[str]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield from _bound(value, schema, name, ("minimum", "maximum"))
    elif isinstance(value, str):
        yield from _bound(len(value), schema, name, ("minLength", "maxLength"))
    elif isinstance(value, list):
        yield from _bound(len(value), schema, name, ("minItems", "maxItems"))


def _bound(size: float, schema: Mapping[str, Any], name: str, keys: tuple[str, str]) -> Iterator[str]:
    least, most = keys
    if size < schema.get(least, size):
        yield f"{name}: {least} is {schema[least]}"
    if size > schema.get(most, size):
        yield f"{name}: {most} is {schema[most]}"


def _object_problems(value: Mapping[str, Any], schema: Mapping[str, Any], where: str) -> Iterator[str]:
    properties = schema.get("properties", {})
    prefix = f"{where}." if where else ""
    yield from (f"{prefix}{name}: is missing" for name in schema.get("required", []) if name not in value)
    for name, part in value.items():
        if name in properties:
            yield from _problems(part, properties[name], f"{prefix}{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{prefix}{name[:40]}: no such argument"
