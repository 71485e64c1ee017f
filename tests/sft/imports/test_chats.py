"""Lists of messages and the one text of a dialogue become turns."""

import pytest

from mypt.conversation.episode import ToolCallMessage, ToolResultMessage
from mypt.sft.imports.chats import chat, one_text
from mypt.sft.imports.rejection import Rejected
from mypt.sft.imports.turns import messages_of
from tests.sft.imports.public_rows import ROWS


def test_dolci_gives_the_functions_to_the_system_and_calls_them() -> None:
    system, messages, _ = messages_of(chat(ROWS["dolci"][0]))

    assert system == 'You call.\n{"name":"get_weather"}'
    assert messages[1] == ToolCallMessage(name="get_weather", arguments={"city": "Bern", "x": True})
    assert messages[2] == ToolResultMessage(name="get_weather", content={"degrees": 12})


def test_a_dialogue_in_one_text_is_told_apart_by_its_speakers() -> None:
    system, messages, _ = messages_of(one_text(ROWS["german-function-calling"][0]))

    assert system == "Du darfst Funktionen benutzen: get_weather"
    assert [message.role for message in messages] == ["user", "assistant_toolcall", "toolresult", "assistant"]
    assert messages[1] == ToolCallMessage(name="get_weather", arguments={"city": "Bern"})


def test_sharegpt_tools_stand_in_the_system_text_and_a_result_may_be_text() -> None:
    system, messages, _ = messages_of(chat(ROWS["sharegpt"][1]))

    assert system == '{"name":"get_weather"}'
    assert messages[2] == ToolResultMessage(name="get_weather", content="sunny and warm")


def test_texts_without_a_role_take_turns() -> None:
    _, messages, _ = messages_of(chat(ROWS["ultra-chat"][0]))

    assert [message.role for message in messages] == ["user", "assistant", "user", "assistant"]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({}, "messages"),
        ({"messages": "Hello"}, "messages"),
        ({"messages": [7]}, "messages.0"),
        ({"messages": [{"role": "judge", "content": "x"}]}, "messages.0.role"),
        ({"conversations": [{"from": "human", "value": {"a": 1}}]}, "conversations.0.value"),
    ],
)
def test_a_bad_message_is_named(row: dict[str, object], field: str) -> None:
    with pytest.raises(Rejected) as caught:
        list(chat(row))

    assert caught.value.field == field


def test_text_before_the_first_speaker_is_rejected() -> None:
    with pytest.raises(Rejected, match="no speaker"):
        list(one_text({"chat": "Hello USER: Hi"}))
