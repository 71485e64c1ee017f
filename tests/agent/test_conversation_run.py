"""The state of one answer: its limits, and the record it leaves."""

import json

import pytest

from mypt.agent.config import AgentConfig, ToolSettings
from mypt.agent.conversation_run import ConversationRun
from mypt.agent.speaker import ModelName, Spoken
from mypt.agent.toolbox import Toolbox
from mypt.conversation.parse import ModelOutput
from mypt.errors import LimitReached
from tests.agent.conversations import question
from tests.agent.views import small_view


def run(**config: object) -> ConversationRun:
    settings = AgentConfig.model_validate(config)
    return ConversationRun(
        question(), small_view(), Toolbox(ToolSettings()), settings, room=1000, clock=lambda: 0.0
    )


def spoken(answer: str, n_tokens: int = 5) -> Spoken:
    return Spoken(ModelOutput(answer, None, (), None, ()), 10, n_tokens)


def test_a_turn_gets_what_is_left() -> None:
    state = run(tokens=12, tokens_a_step=10, seconds=7)

    assert (state.turn_limits().tokens, state.turn_limits().seconds) == (10, 7)
    list(state.take(spoken("")))
    assert state.turn_limits().tokens == 7


def test_too_many_turns_are_refused() -> None:
    state = run(steps=1)
    state.turn_limits()

    with pytest.raises(LimitReached) as caught:
        state.turn_limits()

    assert caught.value.limit == "steps"


def test_an_answer_ends_it_and_is_recorded_as_json() -> None:
    state = run()
    state.turn_limits()

    list(state.take(spoken("Nein.")))

    answer = state.answer(ModelName("m", "abc"))
    record = json.loads(json.dumps(answer.to_json()))
    assert state.is_over
    assert record["text"] == "Nein."
    assert record["usage"] == {"steps": 1, "prompt_tokens": 10, "tokens": 5, "seconds": 0.0}
    assert record["model"] == {"name": "m", "digest": "abc"}
    assert record["index_digest"] == "index"
