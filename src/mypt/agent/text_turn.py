"""A turn that another program's model writes as plain text: thoughts, a call as JSON, or an answer.

Such models have no control tags of ours. A turn is a call when all of it is one JSON object with `name`
and `arguments` (or stands between call tags, or in a code fence); JSON inside of prose is prose.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from mypt.agent.speaker import Delta
from mypt.conversation.episode import ToolCallMessage
from mypt.conversation.parse import ModelOutput, Problem, ProblemKind

_THINK_OPEN, _THINK_CLOSE = "<think>", "</think>"
_WRAPPED = re.compile(
    r"\s*(?:```(?:json|tool_call)?\s*(?P<fence>.*?)\s*(?:```\s*)?|<tool_call>\s*(?P<tag>.*?)\s*(?:</tool_call>\s*)?)\Z",
    re.DOTALL,
)
_MAY_BE_CALL = re.compile(r"\s*(?:\{|`|<t|<\Z|\Z)")
_CITED = re.compile(r"[ \t]?\[((?:d[a-z2-7]{12}-\d{1,6})(?:\s*[,;]\s*d[a-z2-7]{12}-\d{1,6})*)\]")
_HELD_BRACKET = re.compile(r"[ \t]?\[[^\[\]\n]{0,120}\Z|[ \t]\Z")


class TextTurn:
    """Reads a turn while it arrives; what may still become a call or a citation is held back."""

    def __init__(self) -> None:
        self._text = ""
        self._think = ""
        self._shown = 0
        self._is_thinking = False
        self._has_begun = False

    def think(self, piece: str) -> Iterator[Delta]:
        """Take thoughts that the server has told apart itself."""
        self._think += piece
        if piece:
            yield Delta("think", piece)

    def write(self, piece: str) -> Iterator[Delta]:
        """Take a piece of text and yield what can be shown of it."""
        self._text += piece
        if not self._has_begun:
            begun = self._text.lstrip()
            if len(begun) < len(_THINK_OPEN) and _THINK_OPEN.startswith(begun):
                return
            self._has_begun = True
            self._is_thinking = begun.startswith(_THINK_OPEN)
            self._text = begun.removeprefix(_THINK_OPEN) if self._is_thinking else self._text
        if self._is_thinking:
            yield from self._end_thinking()
        if not self._is_thinking:
            yield from self._show(is_over=False)

    def finish(
        self, native_call: str | None = None, *, is_cut: bool = False
    ) -> Iterator[Delta | ModelOutput]:
        """Yield what was held back, and lastly the whole turn."""
        if self._is_thinking:
            self._think, self._text = self._think + self._text, ""
        source = native_call if native_call is not None else _call_in(self._text)
        think = self._think.strip() or None
        if source is not None:
            call = _read_call(source, think)
            kind = ProblemKind.CUT_OFF if is_cut else ProblemKind.BAD_TOOL_CALL
            problems = () if call else (Problem(kind, source),)
            yield ModelOutput("", think, (), call, problems)
            return
        yield from self._show(is_over=True)
        cited = tuple(dict.fromkeys(name for match in _CITED.finditer(self._text) for name in _ids(match[1])))
        answer = _CITED.sub("", self._text).strip()
        problems = () if answer else (Problem(ProblemKind.EMPTY, "answer"),)
        yield ModelOutput(answer, think, cited, None, problems)

    def _end_thinking(self) -> Iterator[Delta]:
        thought, mark, rest = self._text.partition(_THINK_CLOSE)
        if mark:
            self._is_thinking, self._text = False, rest
        else:
            held = next((n for n in range(len(_THINK_CLOSE), 0, -1) if thought.endswith(_THINK_CLOSE[:n])), 0)
            cut = len(thought) - held
            thought, self._text = thought[:cut], thought[cut:]
        yield from self.think(thought)

    def _show(self, *, is_over: bool) -> Iterator[Delta]:
        if not is_over and _MAY_BE_CALL.match(self._text):
            return
        visible = _CITED.sub("", self._text)
        if not is_over and (held := _HELD_BRACKET.search(visible)):
            visible = visible[: held.start()]
        visible = visible.strip() if is_over else visible.lstrip()
        if piece := visible[self._shown :]:
            self._shown = len(visible)
            yield Delta("answer", piece)


def _ids(text: str) -> list[str]:
    return re.split(r"\s*[,;]\s*", text)


def _call_in(text: str) -> str | None:
    """Return what stands where a call stands, or None for prose."""
    wrapped = _WRAPPED.match(text)
    inner = (wrapped["fence"] if wrapped["tag"] is None else wrapped["tag"]) if wrapped else text.strip()
    is_tagged = wrapped is not None and wrapped["tag"] is not None
    looks_like_one = inner.startswith("{") and re.search(r"['\"]name['\"]", inner) is not None
    return inner if is_tagged or looks_like_one else None


def _read_call(text: str, think: str | None) -> ToolCallMessage | None:
    try:
        values = json.loads(text, object_pairs_hook=_unique_keys)
        if not isinstance(values, dict) or values.keys() != {"name", "arguments"}:
            return None
        return ToolCallMessage(name=values["name"], arguments=values["arguments"], think=think)
    except (ValueError, RecursionError, ValidationError):
        return None


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse repeated keys: two readers could understand two different calls."""
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("an object repeats a key")
    return values
