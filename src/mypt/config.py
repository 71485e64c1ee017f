"""Typed configuration: sections, recipes with parents, overrides, fingerprints.

Precedence, lowest first: the section's defaults, the parent file (`extends`),
the file, `--set key=value`.
"""

import difflib
import json
import tomllib
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

from mypt.errors import ConfigError, InputError
from mypt.files import canonical_json, read_text, sha256_bytes

_MAX_PARENTS = 8
_MAX_SHOWN = 80
_WHERE = "the first argument is a recipe, for example configs/base/demo.json"
_JSON_RULES = "JSON wants double quotes, no comment, and no comma before a closing bracket"


class Section(BaseModel):
    """Base of every recipe and setting: frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)


S = TypeVar("S", bound=Section)


@dataclass(frozen=True)
class Loaded(Generic[S]):
    """A validated configuration, and where each of its values came from."""

    value: S
    origins: Mapping[str, str]
    """Dotted key → the file or `--set` that gave it; keys not listed are defaults."""


def load(path: Path, schema: type[S], overrides: Sequence[str] = ()) -> S:
    """Return the configuration in a JSON or TOML file; ConfigError names file and key."""
    return load_with_origins(path, schema, overrides).value


def load_with_origins(path: Path, schema: type[S], overrides: Sequence[str] = ()) -> Loaded[S]:
    """Like `load`, and say of each value where it came from."""
    values, origins = _merged(path, overrides)
    return Loaded(validate(values, schema, str(path)), origins)


def read_merged(path: Path, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """Return what a file, its parents and overrides set, before any schema is applied."""
    return _merged(path, overrides)[0]


def validate(values: Mapping[str, Any], schema: type[S], where: str) -> S:
    """Return values as a section; ConfigError lists each problem with the nearest valid key."""
    try:
        return schema.model_validate(values)
    except ValidationError as error:
        lines = [f"  {_explain(problem, schema)}" for problem in _own_problems(error)]
        raise ConfigError(
            "\n".join([f"{where} does not describe a valid {schema.__name__}:", *lines]),
            hint=f"mypt config schema {_kind_of(schema)} lists every setting" if _kind_of(schema) else "",
        ) from error


def fingerprint(value: object) -> str:
    """Return the sha256 of a section or JSON value in its canonical form."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return sha256_bytes(canonical_json(plain))


def did_you_mean(name: str, names: Iterable[str], cutoff: float = 0.6) -> str:
    """Return the end of a message that names the nearest of the valid names, or nothing."""
    nearest = difflib.get_close_matches(name, list(names), n=1, cutoff=cutoff)
    return f"; did you mean `{nearest[0]}`?" if nearest else ""


def read_values(path: Path) -> dict[str, Any]:
    """Return the keys that one file itself sets, by its suffix as JSON or TOML."""
    try:
        text = read_text(path)
    except InputError as error:
        raise ConfigError(error.message, error.hint or _WHERE) from error
    is_toml = path.suffix == ".toml"
    try:
        values = tomllib.loads(text) if is_toml else json.loads(text)
    except (ValueError, RecursionError) as error:
        hint = "" if is_toml else _JSON_RULES
        raise ConfigError(f"{path}: not valid {'TOML' if is_toml else 'JSON'}: {error}", hint) from error
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: expected an object at the top, got {type(values).__name__}")
    return values


def _merged(path: Path, overrides: Sequence[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values of all layers, and of each dotted key where it came from."""
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for layer, origin in [*_file_layers(path), *_override_layers(overrides)]:
        _merge(values, layer)
        origins |= dict.fromkeys(_dotted_keys(layer), origin)
    valid = set(_dotted_keys(values))
    return values, {key: origin for key, origin in origins.items() if key in valid}


def _file_layers(path: Path) -> list[tuple[dict[str, Any], str]]:
    """Parents first; `extends` is relative to the file that says it."""
    layers: list[tuple[dict[str, Any], str]] = []
    current: Path | None = path
    while current is not None:
        if len(layers) == _MAX_PARENTS:
            raise ConfigError(f"{path}: more than {_MAX_PARENTS} parents; does one extend itself?")
        values = read_values(current)
        parent = values.pop("extends", None)
        if parent is not None and not isinstance(parent, str):
            raise ConfigError(f"{current}: `extends` must be a path, got {parent!r}")
        layers.insert(0, (values, str(current)))
        current = current.parent / parent if parent is not None else None
    return layers


def _override_layers(overrides: Sequence[str]) -> Iterator[tuple[dict[str, Any], str]]:
    for override in overrides:
        key, equals, text = override.partition("=")
        if not equals or not key:
            raise ConfigError(f"--set {override!r}: expected key=value", hint="--set training.seed=7")
        value: Any = _literal(text)
        for part in reversed(key.split(".")):
            value = {part: value}
        yield value, f"--set {key}"


def _literal(text: str) -> Any:
    """Read a JSON literal; anything else is a plain string."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _merge(into: dict[str, Any], layer: Mapping[str, Any]) -> None:
    for key, value in layer.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = dict(value) if isinstance(value, Mapping) else value


def _dotted_keys(values: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _dotted_keys(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def _own_problems(error: ValidationError) -> list[Any]:
    """Return the problems without those that follow: a list whose items are wrong is called too short."""
    problems = error.errors()
    parents = {problem["loc"][:depth] for problem in problems for depth in range(len(problem["loc"]))}
    return [
        problem for problem in problems if problem["type"] != "too_short" or problem["loc"] not in parents
    ]


def _explain(problem: Mapping[str, Any], schema: type[Section]) -> str:
    location = [str(part) for part in problem["loc"]]
    if problem["type"] == "extra_forbidden":
        valid = _valid_keys(schema, location[:-1])
        guess = did_you_mean(location[-1], valid, cutoff=0.5) or f"; valid here: {', '.join(valid)}"
        return f"{'.'.join(location)}: no such setting{guess}"
    if problem["type"] == "value_error":
        message = str(problem["ctx"]["error"])
        return f"{'.'.join(location)}: {message}" if location else message
    if problem["type"] == "missing":
        return f"{'.'.join(location)}: this setting is required"
    return f"{'.'.join(location)}: {problem['msg']}, got {_short(problem['input'])}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"


def _valid_keys(schema: type[Section], location: Sequence[str]) -> list[str]:
    """Walk to the section at a location; list items and unions lead to their sections."""
    sections: list[type[Section]] = [schema]
    for part in location:
        of_kind = [section for section in sections if part in _kinds_of(section)]
        fields = [section.model_fields[part] for section in sections if part in section.model_fields]
        if of_kind and not fields:
            sections = of_kind
            continue
        sections = [found for field in fields for found in _sections_in(field.annotation)] or sections
    return sorted({key for section in sections for key in section.model_fields})


def _kinds_of(section: type[Section]) -> tuple[object, ...]:
    field = section.model_fields.get("kind")
    return get_args(field.annotation) if field is not None else ()


def _sections_in(annotation: Any) -> list[type[Section]]:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return [annotation]
    if get_origin(annotation) in (list, tuple, dict, Annotated, Union, types.UnionType):
        return [found for part in get_args(annotation) for found in _sections_in(part)]
    return []


def _kind_of(schema: type[Section]) -> str:
    field = schema.model_fields.get("kind")
    return str(field.default) if field is not None else ""
