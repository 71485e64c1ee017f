"""One dialogue as data: its messages, the order they may stand in, and its JSONL form."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, JsonValue, StrictBool, StrictInt, ValidationError, model_validator

from mypt.config import Section
from mypt.errors import InputError
from mypt.files import read_jsonl


def _require_writable(value: Any) -> Any:
    """Refuse what has no UTF-8 JSON form, such as half of a surrogate pair."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError("holds a lone surrogate, which is not Unicode text") from error
    return value


def _require_one_line(value: str) -> str:
    if any(char in value for char in "\r\n]"):
        raise ValueError("a passage id holds no line break and no `]`")
    return value


Text = Annotated[str, Field(min_length=1)]
PassageId = Annotated[Text, AfterValidator(_require_one_line)]
JsonObject = Annotated[dict[str, JsonValue], AfterValidator(_require_writable)]


class Passage(Section):
    """A retrieved piece of a document, as it is shown to the model."""

    id: PassageId
    text: Text


class UserMessage(Section):
    """What the user asks, with the passages that were retrieved for it."""

    role: Literal["user"] = "user"
    content: Text
    context: tuple[Passage, ...] = ()


class AssistantContextMessage(Section):
    """What the system tells the model between a question and its answer."""

    role: Literal["assistant_context"] = "assistant_context"
    content: Text


class ToolCallMessage(Section):
    """A tool call that the model makes."""

    role: Literal["assistant_toolcall"] = "assistant_toolcall"
    name: Text
    arguments: JsonObject
    think: Text | None = None
    learn: StrictBool = True
    """False for the wrong call of a contrastive episode: it is shown, but not learned."""


class ToolResultMessage(Section):
    """What a tool gave back; an object with the one key `error` means that it failed."""

    role: Literal["toolresult"] = "toolresult"
    name: Text
    content: Annotated[JsonValue, AfterValidator(_require_writable)]


class AssistantMessage(Section):
    """The answer that ends a turn."""

    role: Literal["assistant"] = "assistant"
    content: Text
    think: Text | None = None
    cite: tuple[PassageId, ...] = ()
    """The passages that the answer rests on."""


Message = UserMessage | AssistantContextMessage | ToolCallMessage | ToolResultMessage | AssistantMessage

_AFTER_QUESTION = frozenset({"user", "assistant_context", "toolresult"})
_MAY_FOLLOW: Mapping[str, frozenset[str]] = {
    "user": frozenset({"the start", "assistant"}),
    "assistant_context": frozenset({"user"}),
    "assistant_toolcall": _AFTER_QUESTION,
    "toolresult": frozenset({"assistant_toolcall"}),
    "assistant": _AFTER_QUESTION,
}


class Episode(Section):
    """A whole dialogue to learn from, or a chat that is still going on.

    Its messages stand in an order the grammar allows; the last turn may be open.
    """

    system: Text | None = None
    messages: Annotated[tuple[Annotated[Message, Field(discriminator="role")], ...], Field(min_length=1)]
    language: Literal["en", "de"]
    source: Text
    """Who made it: a generator, an imported set, or a chat."""
    phase: Annotated[StrictInt, Field(ge=1, le=6)] | None = None
    """The phase it was made for; none for a chat."""
    meta: JsonObject = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        before: Message | None = None
        for number, message in enumerate(self.messages):
            role = before.role if before else "the start"
            if role not in _MAY_FOLLOW[message.role]:
                raise ValueError(f"messages.{number}: `{message.role}` may not follow {role}")
            if (
                isinstance(message, ToolResultMessage)
                and isinstance(before, ToolCallMessage)
                and message.name != before.name
            ):
                raise ValueError(
                    f"messages.{number}: result of {message.name!r} for a call of {before.name!r}"
                )
            before = message
        return self

    @property
    def is_complete(self) -> bool:
        """Whether its last turn is closed by an answer."""
        return isinstance(self.messages[-1], AssistantMessage)


class Replay(Section):
    """A piece of pretraining text, mixed in against forgetting."""

    replay: Literal[True] = True
    text: Text


def read_episodes(path: Path) -> Iterator[Episode | Replay]:
    """Yield the rows of an episode file; InputError names the line that cannot be learned from."""
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    for number, values in enumerate(read_jsonl(path), start=1):
        yield parse_row(values, f"{path}:{number}")


def parse_row(values: object, where: str) -> Episode | Replay:
    """Return a JSON value as a complete episode or a replay row; InputError says what is wrong with it."""
    if not isinstance(values, dict):
        raise InputError(f"{where}: expected an object, got {type(values).__name__}")
    try:
        row = (Replay if "replay" in values else Episode).model_validate(values)
    except ValidationError as error:
        raise _input_error(where, [_explain(problem) for problem in error.errors()]) from error
    if isinstance(row, Episode) and (problems := list(obstacles(row))):
        raise _input_error(where, problems)
    return row


def _input_error(where: str, problems: list[str]) -> InputError:
    return InputError("\n  ".join([f"{where}: not an episode to learn from:", *problems]))


def _explain(problem: Mapping[str, Any]) -> str:
    location = ".".join(str(part) for part in problem["loc"])
    text = str(problem["ctx"]["error"]) if problem["type"] == "value_error" else problem["msg"]
    return f"{location}: {text}" if location else text


def obstacles(episode: Episode) -> Iterator[str]:
    """Yield what a chat may lack and an episode to learn from may not."""
    if episode.phase is None:
        yield "phase: Field required"
    if not episode.is_complete:
        yield "the last turn has no answer"
    seen: set[str] = set()
    for number, message in enumerate(episode.messages):
        match message:
            case UserMessage():
                seen.update(passage.id for passage in message.context)
            case ToolResultMessage():
                seen.update(_strings_in(message.content))
            case AssistantMessage():
                unseen = [cited for cited in message.cite if cited not in seen]
                yield from (f"messages.{number}: cites {cited!r}, which was never shown" for cited in unseen)


def _strings_in(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings_in(item)
