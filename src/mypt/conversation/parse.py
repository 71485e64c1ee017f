"""What the model wrote, from ids to think, tool call, answer and citations.

Made for live output, so broken output is read as far as it makes sense and each
breach of the grammar is reported. Reading stops at the first id that only the
system writes: what a model makes up beyond its own turn is never taken for real.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

from pydantic import TypeAdapter, ValidationError

from mypt.conversation.episode import AssistantMessage, PassageId, ToolCallMessage
from mypt.conversation.special_tokens import Tag, get_tags_by_id, is_model_written, is_text
from mypt.tokenizer.tokenizer import Tokenizer


class ProblemKind(StrEnum):
    """The ways in which output breaks the grammar."""

    CUT_OFF = "cut_off"
    """It ends before the tag that should end it."""
    NOT_CLOSED = "not_closed"
    """Another tag comes before the one that closes a block."""
    MISPLACED = "misplaced"
    """A tag or text stands where the grammar has none."""
    FOREIGN_ID = "foreign_id"
    """It holds an id that the model never writes; the rest is not read."""
    NOT_UTF8 = "not_utf8"
    """Its bytes are not text; they are shown as U+FFFD."""
    BAD_TOOL_CALL = "bad_tool_call"
    """The call is not `{"name": …, "arguments": {…}}`."""
    BAD_CITATION = "bad_citation"
    """What is cited cannot be a passage id."""
    EMPTY = "empty"
    """A block, or all of it, says nothing."""


@dataclass(frozen=True)
class Problem:
    """One breach of the grammar."""

    kind: ProblemKind
    detail: str


@dataclass(frozen=True)
class ModelOutput:
    """What the model wrote after an opened `<myPT_assistant>`."""

    answer: str
    think: str | None
    citations: tuple[str, ...]
    tool_call: ToolCallMessage | None
    problems: tuple[Problem, ...]

    def to_message(self) -> AssistantMessage | ToolCallMessage | None:
        """Return the message to continue a chat with; none when there is neither call nor answer."""
        if self.tool_call or not self.answer:
            return self.tool_call
        return AssistantMessage(content=self.answer, think=self.think, cite=self.citations)


def parse(ids: Sequence[int], tokenizer: Tokenizer) -> ModelOutput:
    """Return what the model wrote up to the end of its turn; never raises on ids, whatever they are."""
    reader = _Reader()
    for event in _events(ids, tokenizer):
        if reader.is_finished:
            break
        reader.read(event)
    return reader.output()


def _events(ids: Sequence[int], tokenizer: Tokenizer) -> Iterator[Tag | bytes | int]:
    """Tags, the text between them, and ids that are neither."""
    tags = get_tags_by_id(tokenizer.base_vocab_size)
    for is_words, run in groupby(ids, key=lambda token: is_text(token, tokenizer)):
        if is_words:
            yield tokenizer.decode_bytes(list(run))
        else:
            yield from (tags.get(token, token) for token in run)


_CLOSED_BY: Mapping[Tag, Tag] = {
    Tag.THINK_OPEN: Tag.THINK_CLOSE,
    Tag.TOOLCALL_OPEN: Tag.TOOLCALL_CLOSE,
    Tag.CITE_OPEN: Tag.CITE_CLOSE,
}
_PASSAGE_ID = TypeAdapter[str](PassageId)


class _Reader:
    """Where reading stands: the block that is open, and what was found before it."""

    def __init__(self) -> None:
        self.is_finished = False
        self._is_closed = False
        self._is_call = False
        self._open: Tag | None = None
        self._text = ""
        self._answer = ""
        self._think = ""
        self._citations: list[str] = []
        self._call: str | None = None
        self._problems: list[Problem] = []

    def read(self, event: Tag | bytes | int) -> None:
        match event:
            case bytes():
                self._read_text(event)
            case Tag() if is_model_written(event):
                self._read_tag(event)
            case _:
                self._report(ProblemKind.FOREIGN_ID, event.value if isinstance(event, Tag) else f"id {event}")
                self.is_finished = True

    def output(self) -> ModelOutput:
        """Sum up, after the last event."""
        if not self.is_finished:
            self._report(ProblemKind.CUT_OFF, self._open.value if self._open else "")
        if self._open:
            self._abandon_block()
        if self._answer and self._is_call:
            self._report(ProblemKind.MISPLACED, self._answer)
        if not self._answer and not self._is_call:
            self._report(ProblemKind.EMPTY, Tag.ASSISTANT_OPEN.value)
        call = self._tool_call()
        think = self._think or None
        return ModelOutput(self._answer, think, tuple(self._citations), call, tuple(self._problems))

    def _report(self, kind: ProblemKind, detail: str) -> None:
        self._problems.append(Problem(kind, detail))

    def _read_text(self, data: bytes) -> None:
        text = data.decode(errors="replace")
        if text.encode() != data:
            self._report(ProblemKind.NOT_UTF8, text)
        if self._open:
            self._text += text
            return
        if self._citations or self._is_closed:
            self._report(ProblemKind.MISPLACED, text)
        if not self._is_closed:
            self._answer += text

    def _read_tag(self, tag: Tag) -> None:
        if self._open and tag is _CLOSED_BY[self._open]:
            self._close_block(self._open)
            return
        if self._open:
            self._report(ProblemKind.NOT_CLOSED, self._open.value)
            self._abandon_block()
        if tag is Tag.END_OF_TURN:
            self._end_turn()
        elif self._is_closed or tag in _CLOSED_BY.values():
            self._report(ProblemKind.MISPLACED, tag.value)
        elif tag is Tag.ASSISTANT_CLOSE:
            self._is_closed = True
            self.is_finished = self._is_call
        else:
            self._open_block(tag)

    def _end_turn(self) -> None:
        self.is_finished = True
        if not self._is_closed:
            self._report(ProblemKind.NOT_CLOSED, Tag.ASSISTANT_OPEN.value)

    def _open_block(self, tag: Tag) -> None:
        is_first = not (self._answer or self._think or self._citations or self._is_call)
        if self._is_call or (tag is Tag.THINK_OPEN and not is_first):
            self._report(ProblemKind.MISPLACED, tag.value)
        self._open = tag
        self._is_call |= tag is Tag.TOOLCALL_OPEN

    def _close_block(self, tag: Tag) -> None:
        """Keep what a block says; of several tool calls the first."""
        text = self._take_block()
        if not text:
            self._report(ProblemKind.EMPTY, tag.value)
        elif tag is Tag.THINK_OPEN:
            self._think += text
        elif tag is Tag.TOOLCALL_OPEN:
            self._call = text if self._call is None else self._call
        else:
            self._cite(text)

    def _abandon_block(self) -> None:
        """Keep what was thought; half a call or citation is none."""
        is_think = self._open is Tag.THINK_OPEN
        text = self._take_block()
        self._think += text if is_think else ""

    def _take_block(self) -> str:
        text, self._text, self._open = self._text, "", None
        return text

    def _cite(self, text: str) -> None:
        try:
            self._citations.append(_PASSAGE_ID.validate_python(text))
        except ValidationError:
            self._report(ProblemKind.BAD_CITATION, text)

    def _tool_call(self) -> ToolCallMessage | None:
        if self._call is None:
            return None
        try:
            return _parse_tool_call(self._call, self._think or None)
        except (ValueError, RecursionError):
            self._report(ProblemKind.BAD_TOOL_CALL, self._call)
            return None


def _parse_tool_call(text: str, think: str | None) -> ToolCallMessage:
    """Raise ValueError, or RecursionError for JSON that is too deep, when it is not a call."""
    values = json.loads(text, object_pairs_hook=_unique_keys)
    if not isinstance(values, dict) or values.keys() != {"name", "arguments"}:
        raise ValueError("expected an object with `name` and `arguments`")
    return ToolCallMessage(name=values["name"], arguments=values["arguments"], think=think)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse repeated keys: two readers could understand two different calls."""
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("an object repeats a key")
    return values
