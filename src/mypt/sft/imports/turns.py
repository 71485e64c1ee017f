"""Turns of a foreign dialogue, and how they become the messages of an episode."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from pydantic import JsonValue

from mypt.conversation.episode import (
    AssistantMessage,
    Message,
    Passage,
    ToolCallMessage,
    ToolResultMessage,
    UserMessage,
)
from mypt.documents.characters import normalise_characters
from mypt.sft.imports.rejection import Rejected

Role = Literal["system", "user", "assistant", "tool"]
JOINED = "turns of one speaker joined"
CUT = "cut back to the last answer"
_MOST_TURNS = 1000
_THOUGHT = re.compile(r"\s*<think>(.*?)</think>", re.DOTALL)


class Call(NamedTuple):
    """A tool call."""

    name: str
    arguments: dict[str, JsonValue]
    id: str = ""
    """By which a result names it, where the source does that."""


@dataclass(frozen=True)
class Turn:
    """What one speaker says."""

    role: Role
    text: str = ""
    think: str = ""
    calls: tuple[Call, ...] = ()
    result: JsonValue = None
    """What a tool gave back."""
    tool: str = ""
    """Which tool gave it back, where the source says so."""
    call_id: str = ""
    passages: tuple[str, ...] = ()
    cite: tuple[int, ...] = ()
    """Passages of the last question, from 0, where the source says on which the answer rests."""


def text_in(row: Mapping[str, Any], *names: str, default: str | None = None) -> str:
    """Return the first field of these names as clean text; Rejected when there is none or it is no text."""
    for name in names:
        value = row.get(name)
        if value is not None:
            return clean(value, name)
    if default is None:
        raise Rejected("missing field", names[0])
    return default


def clean(value: object, field: str) -> str:
    """Return a text in NFC without space around it; parts of text are joined. Rejected for anything else."""
    if isinstance(value, list) and all(
        isinstance(part, dict) and part.get("type") == "text" for part in value
    ):
        value = "\n".join(str(part.get("text", "")) for part in value)
    if not isinstance(value, str):
        raise Rejected("wrong type", field)
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise Rejected("not Unicode text", field) from error
    return normalise_characters(value).strip()


def without_thought(text: str) -> tuple[str, str]:
    """Return the thought that a text begins with, and the rest; Rejected when it has no end."""
    if not text.lstrip().startswith("<think>"):
        return "", text
    found = _THOUGHT.match(text)
    if found is None:
        raise Rejected("a thought without an end")
    return found[1].strip(), text[found.end() :].strip()


def messages_of(turns: Iterable[Turn]) -> tuple[str | None, tuple[Message, ...], frozenset[str]]:
    """Return the system text, the messages up to the last answer, and what had to be changed.

    Rejected when the turns stand in an order that cannot be learned from.
    """
    builder = _Builder()
    for number, turn in enumerate(turns):
        if number == _MOST_TURNS:
            raise Rejected(f"more than {_MOST_TURNS:,} turns")
        builder.add(turn)
    messages = builder.messages
    while messages and not isinstance(messages[-1], AssistantMessage):
        messages.pop()
        builder.changed.add(CUT)
    if not messages:
        raise Rejected("no answer")
    if builder.pending:
        builder.changed.add(CUT)
    return "\n\n".join(builder.system) or None, tuple(messages), frozenset(builder.changed)


class _Builder:
    def __init__(self) -> None:
        self.system: list[str] = []
        self.messages: list[Message] = []
        self.pending: list[Call] = []
        """Calls whose results come next; they are written down together."""
        self.changed: set[str] = set()
        self._think = ""
        self._n_passages = 0
        self._shown: tuple[str, ...] = ()
        """Ids of the passages of the last question."""

    def add(self, turn: Turn) -> None:
        if self.pending and turn.role != "tool":
            raise Rejected("a call without a result")
        match turn.role:
            case "system":
                self._add_system(turn)
            case "user":
                self._add_question(turn)
            case "tool":
                self._add_result(turn)
            case "assistant":
                self._add_answer(turn)

    def _add_system(self, turn: Turn) -> None:
        if self.messages:
            raise Rejected("a system text in the middle")
        if turn.text:
            self.system.append(turn.text)

    def _add_question(self, turn: Turn) -> None:
        if not turn.text:
            raise Rejected("an empty question")
        before = self.messages[-1] if self.messages else None
        if isinstance(before, ToolResultMessage):
            raise Rejected("a result without an answer")
        context = tuple(
            Passage(id=f"p{number}", text=text)
            for number, text in enumerate(turn.passages, self._n_passages + 1)
        )
        self._n_passages += len(context)
        self._shown = tuple(passage.id for passage in context)
        if isinstance(before, UserMessage):
            self.changed.add(JOINED)
            self.messages.pop()
            context = before.context + context
            self.messages.append(UserMessage(content=f"{before.content}\n\n{turn.text}", context=context))
        else:
            self.messages.append(UserMessage(content=turn.text, context=context))

    def _add_answer(self, turn: Turn) -> None:
        if not self.messages:
            raise Rejected("begins with an answer")
        if turn.calls:
            self._begin_calls(turn)
            return
        if not turn.text:
            raise Rejected("an empty answer")
        if not all(0 <= number < len(self._shown) for number in turn.cite):
            raise Rejected("cites a passage that there is not")
        content, think, cite = turn.text, turn.think, tuple(self._shown[number] for number in turn.cite)
        if isinstance(before := self.messages[-1], AssistantMessage):
            self.changed.add(JOINED)
            self.messages.pop()
            content, cite = f"{before.content}\n\n{content}", before.cite + cite
            think = _joined(before.think or "", think)
        self.messages.append(AssistantMessage(content=content, think=think or None, cite=cite))

    def _begin_calls(self, turn: Turn) -> None:
        """What is said before a call is thought aloud: the grammar has no other place for it."""
        before = ""
        if isinstance(spoken := self.messages[-1], AssistantMessage):
            before = _joined(spoken.think or "", spoken.content)
            self.messages.pop()
        self._think = _joined(before, turn.think, turn.text)
        self.pending = list(turn.calls)

    def _add_result(self, turn: Turn) -> None:
        named = [call for call in self.pending if turn.call_id and call.id == turn.call_id]
        if not self.pending:
            raise Rejected("a result without a call")
        call = (named or self.pending)[0]
        if turn.tool and turn.tool != call.name:
            raise Rejected("a result of another tool", "name")
        self.pending.remove(call)
        self.messages += [
            ToolCallMessage(name=call.name, arguments=call.arguments, think=self._think or None),
            ToolResultMessage(name=call.name, content=turn.result),
        ]
        self._think = ""


def _joined(*texts: str) -> str:
    return "\n\n".join(filter(None, texts))
