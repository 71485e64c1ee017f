"""Conversations that scripts play, for tests of the agent."""

from collections.abc import Iterable
from typing import Any, Literal

from mypt.agent.agent import Agent
from mypt.agent.answer import Answer
from mypt.agent.config import AgentConfig, ToolSettings
from mypt.agent.scripted_speaker import ScriptedCall, ScriptedSpeaker, ScriptedTurn
from mypt.agent.speaker import Speaker
from mypt.agent.steps import Done, Step
from mypt.agent.toolbox import Toolbox
from mypt.agent.view import WorkspaceView
from mypt.conversation.episode import Episode, UserMessage
from tests.agent.views import small_view


def question(
    text: str = "Frist?", language: Literal["en", "de"] = "de", system: str | None = None
) -> Episode:
    return Episode(system=system, messages=(UserMessage(content=text),), language=language, source="chat")


def call(name: str, **arguments: Any) -> ScriptedTurn:
    return ScriptedTurn(call=ScriptedCall(name=f"workspace.{name}", arguments=arguments))


def other_call(name: str, **arguments: Any) -> ScriptedTurn:
    return ScriptedTurn(call=ScriptedCall(name=name, arguments=arguments))


def says(answer: str, *cite: str) -> ScriptedTurn:
    return ScriptedTurn(answer=answer, cite=cite)


def script(*turns: ScriptedTurn) -> ScriptedSpeaker:
    return ScriptedSpeaker(turns)


def steps_of(
    speaker: Speaker,
    *,
    view: WorkspaceView | None = None,
    asked: Episode | None = None,
    toolbox: Toolbox | None = None,
    **config: Any,
) -> list[Step]:
    agent = Agent(speaker, toolbox or Toolbox(ToolSettings()), AgentConfig.model_validate(config))
    return list(agent.answer(asked or question(), view or small_view()))


def answer_of(speaker: Speaker, **options: Any) -> Answer:
    return last(steps_of(speaker, **options))


def last(steps: Iterable[Step]) -> Answer:
    *_, end = steps
    assert isinstance(end, Done)
    return end.answer
