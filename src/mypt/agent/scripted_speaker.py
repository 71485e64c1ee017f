"""A speaker that replays given turns: for tests and demonstrations, without a model."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field, JsonValue, ValidationError

from mypt.agent.retrieved import retrieved_passages
from mypt.agent.speaker import Delta, ModelName, Spoken, TurnLimits
from mypt.agent.tool import ToolSpec
from mypt.config import Section, fingerprint
from mypt.conversation.episode import Episode, ToolCallMessage
from mypt.conversation.parse import ModelOutput, Problem, ProblemKind
from mypt.errors import InputError
from mypt.files import read_jsonl

_PLACEHOLDER = re.compile(r"@([1-9][0-9]?)")


class ScriptedCall(Section):
    """A call to make."""

    name: Annotated[str, Field(min_length=1)]
    arguments: dict[str, JsonValue] = Field(default_factory=dict)


class ScriptedTurn(Section):
    """One turn of a script; `@2` as an argument or citation is the second passage that was retrieved."""

    think: str | None = None
    call: ScriptedCall | None = None
    raw_call: str | None = None
    """Text instead of a call that is not one."""
    answer: str = ""
    cite: tuple[str, ...] = ()


class ScriptedSpeaker:
    """Says the next turn of its script each time, and keeps what it was asked."""

    def __init__(self, turns: Sequence[ScriptedTurn], context_tokens: int = 8192) -> None:
        self.episodes: list[Episode] = []
        """Every conversation so far, as it was when its turn was asked for."""
        self.context_tokens = context_tokens
        self.model = ModelName("script", fingerprint([turn.model_dump(mode="json") for turn in turns]))
        self._turns = list(turns)

    def speak(
        self,
        episode: Episode,
        tools: list[ToolSpec],  # noqa: ARG002  # a script calls what it calls
        limits: TurnLimits,
    ) -> Iterator[Delta | Spoken]:
        """Yield a turn word by word, cut to as many words as tokens are allowed."""
        self.episodes.append(episode)
        if not self._turns:
            raise InputError("the script has no turn left", hint="end it with an answer")
        return _play(self._turns.pop(0), list(retrieved_passages(episode)), limits)


def read_script(path: Path) -> ScriptedSpeaker:
    """Return the speaker of a JSONL file, one turn a line; InputError names the line that is none."""
    turns: list[ScriptedTurn] = []
    for number, values in enumerate(read_jsonl(path), start=1):
        try:
            turns.append(ScriptedTurn.model_validate(values))
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(str(part) for part in problem["loc"])
            message = f"{path}:{number}: not a turn of a script: {where}: {problem['msg']}"
            raise InputError(message, hint='for example {"answer": "Yes.", "cite": ["@1"]}') from error
    return ScriptedSpeaker(turns)


def _play(turn: ScriptedTurn, shown: Sequence[str], limits: TurnLimits) -> Iterator[Delta | Spoken]:
    if turn.think:
        yield Delta("think", turn.think)
    words = re.findall(r"\s*\S+\s*\Z|\s*\S+", turn.answer)
    for word in words[: limits.tokens]:
        yield Delta("answer", word)
    answer = "".join(words[: limits.tokens])
    call = None
    if turn.call:
        arguments = {name: _filled(value, shown) for name, value in turn.call.arguments.items()}
        call = ToolCallMessage(name=turn.call.name, arguments=arguments, think=turn.think)
    problems = (Problem(ProblemKind.BAD_TOOL_CALL, turn.raw_call),) if turn.raw_call is not None else ()
    cited = tuple(str(_filled(name, shown)) for name in turn.cite)
    output = ModelOutput(answer, turn.think, cited, call, problems)
    yield Spoken(output, 0, max(1, len(words[: limits.tokens])), is_cut=len(words) > limits.tokens)


def _filled(value: JsonValue, shown: Sequence[str]) -> JsonValue:
    match = _PLACEHOLDER.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[1]) > len(shown):
        return value
    return shown[int(match[1]) - 1]
