"""Tool calls as public data writes them: OpenAI objects, JSON in text, XML, and calls as in Python."""

import ast
import html
import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from pydantic import JsonValue

from mypt.files import canonical_json
from mypt.sft.imports.rejection import Rejected
from mypt.sft.imports.turns import Call

_NOT_A_CALL = "a call that cannot be read"
_IN_TEXT = re.compile(r"<(functioncall|tool_call|function_calls)>(.*?)(?:</\1>|(?=<\1>)|\Z)", re.DOTALL)
_QUOTED = re.compile(r"'(\{.*\})'", re.DOTALL)
_INVOKE = re.compile(r'<invoke name="([^"<>]+)">(.*?)</invoke>', re.DOTALL)
_PARAMETER = re.compile(r'<parameter name="([^"<>]+)"[^<>]*>(.*?)</parameter>', re.DOTALL)
_LONGEST = 20_000  # characters, except of JSON; the other ways to write are not made for hostile text
_CONSTANTS: Mapping[str, Any] = {"true": True, "false": False, "null": None}


def calls_in(text: str) -> tuple[str, tuple[Call, ...]]:
    """Return a text without the calls that are written into it, and these; Rejected for what is no call."""
    if "<function" not in text and "<tool_call>" not in text:
        return text, ()
    found = [match[2] for match in _IN_TEXT.finditer(text)]
    calls = tuple(call for written in found for call in read_calls(written))
    return (_IN_TEXT.sub("", text).strip(), calls) if found else (text, ())


def read_calls(value: object) -> tuple[Call, ...]:
    """Return the calls in a field, whichever way they are written; Rejected when one cannot be read."""
    if isinstance(value, str):
        value = _parsed(value.replace("<|endoftext|>", "").strip())
    items = value if isinstance(value, list) else [value]
    return tuple(item if isinstance(item, Call) else _call(item) for item in items if item is not None)


def json_or_text(text: str) -> JsonValue:
    """Return the JSON value that a text is, or else the text."""
    try:
        value: JsonValue = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return value


def catalogue(tools: object) -> str:
    """Return tools as one line of JSON each, or as they are written; nothing where there are none."""
    value = json_or_text(tools.strip()) if isinstance(tools, str) else tools
    if isinstance(value, str):
        return value
    items = value if isinstance(value, list) else [value]
    try:
        return "\n".join(canonical_json(_spec(item)).decode() for item in items if item)
    except (TypeError, ValueError, RecursionError) as error:  # among them lone surrogates
        raise Rejected("tools that are not JSON", "tools") from error


def _spec(item: Any) -> Any:
    return item["function"] if isinstance(item, dict) and isinstance(item.get("function"), dict) else item


def _call(item: object) -> Call:
    if not isinstance(item, dict):
        raise Rejected(_NOT_A_CALL)
    own = _spec(item)
    name, arguments = own.get("name"), own.get("arguments", own.get("parameters", {}))
    if isinstance(arguments, str):
        arguments = json_or_text(arguments or "{}")
    if not isinstance(name, str) or not name or not isinstance(arguments, dict):
        raise Rejected(_NOT_A_CALL)
    return Call(name, arguments, str(item.get("id") or ""))


def _parsed(text: str) -> object:
    if not isinstance(value := json_or_text(text), str):
        return value
    if not text or len(text) > _LONGEST:
        raise Rejected(_NOT_A_CALL)
    if text.startswith("{"):
        value = json_or_text(_QUOTED.sub(r"\1", text).replace("\\'", "'"))
        if not isinstance(value, str):
            return value
    if "<invoke" in text:
        return [_invoked(match[1], match[2]) for match in _INVOKE.finditer(text)]
    return list(_python_calls(text))


def _invoked(name: str, inner: str) -> Call:
    values = {found[1]: json_or_text(html.unescape(found[2].strip())) for found in _PARAMETER.finditer(inner)}
    return Call(name, values)


def _python_calls(text: str) -> Iterator[Call]:
    for statement in _parse_python(text).body:
        call = statement.value if isinstance(statement, ast.Expr) else None
        for one in call.elts if isinstance(call, ast.List) else [call]:
            if not isinstance(one, ast.Call) or not isinstance(one.func, ast.Name | ast.Attribute):
                raise Rejected(_NOT_A_CALL)
            if one.args or not all(word.arg for word in one.keywords):
                raise Rejected("a call whose arguments have no names")
            try:
                arguments = {str(word.arg): ast.literal_eval(word.value) for word in one.keywords}
            except (ValueError, TypeError, RecursionError, MemoryError) as error:
                raise Rejected(_NOT_A_CALL) from error
            yield Call(ast.unparse(one.func), arguments)


def _parse_python(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of backslashes in its strings
            return _Constants().visit(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Rejected(_NOT_A_CALL) from error


class _Constants(ast.NodeTransformer):
    """Reads the words of JSON among those of Python."""

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Constant(_CONSTANTS[node.id]) if node.id in _CONSTANTS else node
