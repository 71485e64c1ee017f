"""The arguments of a tool: one class gives validation, JSON Schema and the line in the system prompt."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, ClassVar, TypeVar

from pydantic import JsonValue, ValidationError

from mypt.config import Section, did_you_mean
from mypt.errors import ToolInputError

JsonObject = dict[str, JsonValue]

_UNWANTED = frozenset({"title", "default"})
_MAX_SHOWN = 60


@dataclass(frozen=True)
class Choice:
    """Arguments of which a call has one."""

    names: tuple[str, ...]
    is_required: bool = True
    """False where a call may also have none of them."""


class Arguments(Section):
    """Base of the arguments of a tool that is built in."""

    CHOICES: ClassVar[tuple[Choice, ...]] = ()


A = TypeVar("A", bound=Arguments)


def read_arguments(values: Mapping[str, JsonValue], kind: type[A]) -> A:
    """Return what a model wrote as arguments; ToolInputError says what is wrong with them.

    A number in quotes is no number. An argument that is null was left out.
    """
    given = {name: value for name, value in values.items() if value is not None}
    try:
        arguments = kind.model_validate_json(json.dumps(given), strict=True)
    except ValidationError as error:
        problems = "; ".join(_explain(problem, kind) for problem in error.errors())
        raise ToolInputError(f"wrong arguments: {problems}", hint=f"arguments: {signature(kind)}") from error
    for choice in kind.CHOICES:
        _check_choice(choice, given, kind)
    return arguments


def signature(kind: type[Arguments]) -> str:
    """Return the arguments on one line, in the order they are declared: `(doc_id|title, page|range?)`."""
    parts: list[str] = []
    chosen = {name: choice for choice in kind.CHOICES for name in choice.names}
    for name, field in kind.model_fields.items():
        if name not in chosen:
            parts.append(name if field.is_required() else f"{name}?")
        elif name == chosen[name].names[0]:
            parts.append("|".join(chosen[name].names) + ("" if chosen[name].is_required else "?"))
    return f"({', '.join(parts)})"


def schemas(kind: type[Arguments]) -> list[JsonObject]:
    """Return a JSON Schema for each way to choose; keys are sorted, as they are in rendered calls."""
    whole = kind.model_json_schema()
    properties = {name: _plain(value, whole.get("$defs", {})) for name, value in whole["properties"].items()}
    chosen = {name for choice in kind.CHOICES for name in choice.names}
    required = [name for name in whole.get("required", []) if name not in chosen]
    always = [name for name in properties if name not in chosen]
    ways = product(*(_ways(choice) for choice in kind.CHOICES))
    return [_object(properties, [*always, *way], [*required, *way]) for way in map(_joined, ways)]


def _ways(choice: Choice) -> list[tuple[str, ...]]:
    none: list[tuple[str, ...]] = [] if choice.is_required else [()]
    return [*none, *((name,) for name in choice.names)]


def _joined(way: Sequence[tuple[str, ...]]) -> list[str]:
    return [name for names in way for name in names]


def _object(properties: Mapping[str, Any], names: Sequence[str], required: Sequence[str]) -> JsonObject:
    return {
        "type": "object",
        "properties": {name: properties[name] for name in sorted(names)},
        "required": [*sorted(required)],
        "additionalProperties": False,
    }


def _plain(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """Put definitions where they are used, and leave out null, titles and defaults."""
    if isinstance(schema, list):
        return [_plain(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _plain(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if options := [option for option in schema.get("anyOf", []) if option != {"type": "null"}]:
        rest = {key: value for key, value in schema.items() if key != "anyOf"}
        return _plain({**rest, **options[0]}, definitions)
    plain = {key: _plain(value, definitions) for key, value in schema.items() if key not in _UNWANTED}
    if "properties" in schema:
        named = {name: _plain(value, definitions) for name, value in sorted(schema["properties"].items())}
        plain["properties"] = named
    return plain


def _check_choice(choice: Choice, given: Mapping[str, JsonValue], kind: type[Arguments]) -> None:
    found = [name for name in choice.names if name in given]
    if len(found) > 1 or (choice.is_required and not found):
        wanted = " or ".join(choice.names)
        got = " and ".join(found) or "neither"
        raise ToolInputError(f"give {wanted}, got {got}", hint=f"arguments: {signature(kind)}")


def _explain(problem: Mapping[str, Any], kind: type[Arguments]) -> str:
    name = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"{name}: no such argument{did_you_mean(name, list(_names(kind)))}"
    if problem["type"] == "missing":
        return f"{name}: is missing"
    text = json.dumps(problem["input"], ensure_ascii=False, default=str)
    return f"{name}: {problem['msg']}, got {text[:_MAX_SHOWN]}"


def _names(kind: type[Arguments]) -> Iterator[str]:
    for name, field in kind.model_fields.items():
        yield name
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield from (f"{name}.{inner}" for inner in field.annotation.model_fields)
