"""Any model behind an OpenAI-compatible server on this machine, as speaker."""

import json
from collections.abc import Iterator
from typing import Any

from mypt.agent.call_schema import call_schema
from mypt.agent.openai_connection import OpenAiServer, stream_events
from mypt.agent.openai_messages import from_function_name, to_functions, to_messages
from mypt.agent.retrieved import retrieved_passages
from mypt.agent.speaker import Delta, ModelName, Spoken, TurnLimits
from mypt.agent.text_turn import TextTurn
from mypt.agent.tool import ToolSpec
from mypt.conversation.episode import Episode
from mypt.conversation.parse import ModelOutput

_MOST_CHARACTERS_A_TOKEN = 40
"""A server that does not keep to its number of tokens is stopped here."""


class OpenAiSpeaker:
    """A server's model; what it calls thoughts stays apart, and its citations are ids in brackets."""

    def __init__(self, server: OpenAiServer) -> None:
        self.server = server

    @property
    def model(self) -> ModelName:
        """Return its name; what the server has loaded cannot be known from here."""
        return ModelName(f"{self.server.model} at {self.server.url}")

    @property
    def context_tokens(self) -> int:
        """Return the most tokens of a conversation that are read at once."""
        return self.server.context_tokens

    def speak(self, episode: Episode, tools: list[ToolSpec], limits: TurnLimits) -> Iterator[Delta | Spoken]:
        """Yield text while it comes, then the turn; closing the iterator closes the connection."""
        turn = TextTurn()
        reading = _Reading(limits.tokens * _MOST_CHARACTERS_A_TOKEN)
        events = stream_events(self.server, self._question(episode, tools, limits), limits.seconds)
        try:
            for event in events:
                yield from reading.read(event, turn)
                if reading.is_too_long:
                    break
        finally:
            events.close()  # type: ignore[attr-defined]  # it is a generator
        for last in turn.finish(reading.native_call(), is_cut=reading.is_cut):
            if isinstance(last, ModelOutput):
                yield Spoken(last, reading.n_prompt_tokens, reading.n_tokens, is_cut=reading.is_cut)
            else:
                yield last

    def _question(self, episode: Episode, tools: list[ToolSpec], limits: TurnLimits) -> dict[str, Any]:
        server = self.server
        messages = to_messages(episode, native_tools=server.native_tools, has_tools=bool(tools))
        question: dict[str, Any] = {
            "model": server.model,
            "messages": messages,
            "max_tokens": limits.tokens,
            "temperature": server.temperature,
            "seed": server.seed,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if server.native_tools and tools:
            choice = "required" if limits.must_call else "auto"
            question |= {"tools": to_functions(tools), "tool_choice": choice, "parallel_tool_calls": False}
        elif limits.must_call:
            schema = {
                "name": "call",
                "strict": True,
                "schema": call_schema(tools, list(retrieved_passages(episode))),
            }
            question["response_format"] = {"type": "json_schema", "json_schema": schema}
        return question


class _Reading:
    """What the events of one turn have said so far; anything of a wrong shape counts as nothing."""

    def __init__(self, max_characters: int) -> None:
        self.is_cut = False
        self.n_prompt_tokens = self.n_tokens = 0
        self._n_characters = 0
        self._max_characters = max_characters
        self._name = self._arguments = ""

    @property
    def is_too_long(self) -> bool:
        return self._n_characters > self._max_characters

    def read(self, event: dict[str, Any], turn: TextTurn) -> Iterator[Delta]:
        usage = event.get("usage")
        if isinstance(usage, dict):
            self.n_prompt_tokens = _number(usage.get("prompt_tokens"))
            self.n_tokens = _number(usage.get("completion_tokens"))
        choice = _first(event.get("choices"))
        delta = choice.get("delta")
        if isinstance(delta, dict):
            self.n_tokens += usage is None
            yield from turn.think(self._text(delta.get("reasoning_content")))
            yield from turn.write(self._text(delta.get("content")))
            self._read_call(_first(delta.get("tool_calls")))
        self.is_cut = self.is_too_long or choice.get("finish_reason") == "length" or self.is_cut

    def native_call(self) -> str | None:
        """Return the first call that the server itself has told apart, as JSON."""
        if not (self._name or self._arguments):
            return None
        name = json.dumps(from_function_name(self._name), ensure_ascii=False)
        return f'{{"name": {name}, "arguments": {self._arguments or "{}"}}}'

    def _read_call(self, call: dict[str, Any]) -> None:
        function = call.get("function")
        if isinstance(function, dict) and call.get("index", 0) == 0:
            self._name += self._text(function.get("name"))
            self._arguments += self._text(function.get("arguments"))

    def _text(self, value: object) -> str:
        text = value if isinstance(value, str) else ""
        self._n_characters += len(text)
        return text


def _first(value: object) -> dict[str, Any]:
    first = value[0] if isinstance(value, list) and value else None
    return first if isinstance(first, dict) else {}


def _number(value: object) -> int:
    return value if isinstance(value, int) and value >= 0 else 0
