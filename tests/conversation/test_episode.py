"""Episodes as data: what may stand in one, in which order, and how a file is read."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from mypt.conversation.episode import (
    AssistantMessage,
    Episode,
    Passage,
    Replay,
    ToolCallMessage,
    ToolResultMessage,
    UserMessage,
    parse_row,
    read_episodes,
)
from mypt.errors import InputError
from mypt.files import write_jsonl
from tests.conversation.strategies import episodes

USER = {"role": "user", "content": "Hi"}
CONTEXT = {"role": "assistant_context", "content": "It is Monday."}
CALL = {"role": "assistant_toolcall", "name": "search", "arguments": {"query": "x"}}
RESULT = {"role": "toolresult", "name": "search", "content": {"hits": [{"id": "d#1"}]}}
ANSWER = {"role": "assistant", "content": "Hello"}


def row(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"messages": list(messages), "language": "en", "source": "test", "phase": 6} | fields


def test_a_row_becomes_typed_messages() -> None:
    user = {"role": "user", "content": "Where?", "context": [{"id": "d#1", "text": "Here."}]}
    answer = {"role": "assistant", "content": "Here.", "think": "Look.", "cite": ["d#1"]}

    episode = parse_row(row(user, answer, system="You are MyPT.", meta={"seed": 7}), "x:1")

    assert isinstance(episode, Episode)
    assert episode.messages == (
        UserMessage(content="Where?", context=(Passage(id="d#1", text="Here."),)),
        AssistantMessage(content="Here.", think="Look.", cite=("d#1",)),
    )
    assert episode.meta == {"seed": 7}


def test_a_replay_row_is_only_text() -> None:
    assert parse_row({"replay": True, "text": "Once upon"}, "x:1") == Replay(text="Once upon")


@pytest.mark.parametrize(
    "messages",
    [
        [USER, ANSWER],
        [USER, CONTEXT, ANSWER],
        [USER, CALL, RESULT, ANSWER],
        [USER, CONTEXT, CALL, RESULT, CALL, RESULT, ANSWER, USER, ANSWER],
    ],
)
def test_messages_may_stand_as_the_grammar_says(messages: list[dict[str, Any]]) -> None:
    assert isinstance(parse_row(row(*messages), "x:1"), Episode)


@pytest.mark.parametrize(
    ("messages", "problem"),
    [
        ([], "messages: Tuple should have at least 1 item"),
        ([ANSWER], "messages.0: `assistant` may not follow the start"),
        ([CONTEXT, USER, ANSWER], "messages.0: `assistant_context` may not follow the start"),
        ([USER, USER, ANSWER], "messages.1: `user` may not follow user"),
        ([USER, ANSWER, ANSWER], "messages.2: `assistant` may not follow assistant"),
        ([USER, CONTEXT, CONTEXT, ANSWER], "messages.2: `assistant_context` may not follow assistant_"),
        ([USER, CALL, ANSWER], "messages.2: `assistant` may not follow assistant_toolcall"),
        ([USER, CALL, USER], "messages.2: `user` may not follow assistant_toolcall"),
        ([USER, RESULT, ANSWER], "messages.1: `toolresult` may not follow user"),
        ([USER, CALL, RESULT, CONTEXT, ANSWER], "messages.3: `assistant_context` may not follow toolresult"),
        ([USER, CALL, RESULT | {"name": "get_doc"}, ANSWER], "messages.2: result of 'get_doc' for a call of"),
        ([USER], "the last turn has no answer"),
        ([USER, CALL, RESULT], "the last turn has no answer"),
        ([USER, ANSWER | {"cite": ["d#1"]}], "messages.1: cites 'd#1', which was never shown"),
        ([USER, ANSWER | {"content": ""}], "messages.1.assistant.content: String should have at"),
        ([USER, ANSWER | {"think": ""}], "messages.1.assistant.think: String should have at"),
        ([USER, ANSWER | {"cites": []}], "messages.1.assistant.cites: Extra inputs are not permitted"),
        ([{"role": "system", "content": "x"}, USER, ANSWER], "messages.0: Input tag 'system' found"),
        ([USER, CALL | {"arguments": "{}"}, RESULT, ANSWER], "arguments: Input should be a valid dictionary"),
        ([USER, CALL | {"learn": "no"}, RESULT, ANSWER], "learn: Input should be a valid boolean"),
        ([USER | {"content": "\ud800"}, ANSWER], "messages.0.user.content: Input should be a valid string"),
        ([USER, CALL | {"arguments": {"a": float("nan")}}, RESULT, ANSWER], "should be a finite number"),
        ([USER, CALL | {"arguments": {"a": "\udfff"}}, RESULT, ANSWER], "arguments: holds a lone surrogate"),
        ([USER, CALL | {"arguments": {"a": 10**5000}}, RESULT, ANSWER], "arguments: Exceeds the limit"),
        ([USER, CALL, RESULT | {"content": ["\ud800"]}, ANSWER], "content: holds a lone surrogate"),
        ([USER | {"context": [{"id": "a]b", "text": "x"}]}, ANSWER], "a passage id holds no line break"),
        ([USER | {"context": [{"id": "a\nb", "text": "x"}]}, ANSWER], "a passage id holds no line break"),
    ],
)
def test_what_breaks_the_grammar_is_refused_with_its_place(messages: list[Any], problem: str) -> None:
    with pytest.raises(InputError) as raised:
        parse_row(row(*messages), "rows.jsonl:7")

    assert raised.value.message.startswith("rows.jsonl:7: not an episode to learn from:\n  ")
    assert problem in raised.value.message


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"system": ""}, "system: String should have at least 1 character"),
        ({"language": "fr"}, "language: Input should be 'en' or 'de'"),
        ({"phase": 7}, "phase: Input should be less than or equal to 6"),
        ({"phase": "3"}, "phase: Input should be a valid integer"),
        ({"phase": None}, "phase: Field required"),
        ({"source": ""}, "source: String should have at least 1 character"),
        ({"meta": []}, "meta: Input should be a valid dictionary"),
        ({"context": "x"}, "context: Extra inputs are not permitted"),
    ],
)
def test_wrong_fields_are_refused(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(InputError) as raised:
        parse_row(row(USER, ANSWER, **fields), "x:1")

    assert problem in raised.value.message


@pytest.mark.parametrize("field", ["messages", "language", "source"])
def test_required_fields_are_named(field: str) -> None:
    values = row(USER, ANSWER)
    del values[field]

    with pytest.raises(InputError, match=f"{field}: Field required"):
        parse_row(values, "x:1")


@pytest.mark.parametrize(
    "values", [{"replay": False, "text": "x"}, {"replay": True}, {"replay": True, "text": ""}, [], "x"]
)
def test_other_rows_are_refused(values: object) -> None:
    with pytest.raises(InputError, match=r"^x:1: "):
        parse_row(values, "x:1")


def test_all_problems_of_a_row_are_told_at_once() -> None:
    with pytest.raises(InputError) as raised:
        parse_row(row(USER, ANSWER, language="fr", phase=0), "x:1")

    assert len(raised.value.message.splitlines()) == 3


def test_ids_from_tool_results_of_earlier_turns_may_be_cited() -> None:
    later: list[dict[str, Any]] = [USER, ANSWER | {"cite": ["d#1"]}]

    assert isinstance(parse_row(row(USER, CALL, RESULT, ANSWER, *later), "x:1"), Episode)


def test_passages_of_later_turns_may_not_be_cited_yet() -> None:
    shown = USER | {"context": [{"id": "d#1", "text": "x"}]}

    with pytest.raises(InputError, match=r"messages\.1: cites 'd#1'"):
        parse_row(row(USER, ANSWER | {"cite": ["d#1"]}, shown, ANSWER), "x:1")


def test_a_chat_is_an_episode_that_may_still_be_open() -> None:
    chat = Episode(messages=(UserMessage(content="Hi"),), language="de", source="chat")

    assert not chat.is_complete
    assert chat.phase is None


def test_an_episode_cannot_be_changed() -> None:
    episode = Episode(messages=(UserMessage(content="Hi"),), language="de", source="chat")

    with pytest.raises(ValidationError):
        episode.language = "en"


def test_a_file_is_read_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    write_jsonl(path, [row(USER, ANSWER), {"replay": True, "text": "Once"}])

    first, second = read_episodes(path)

    assert isinstance(first, Episode)
    assert second == Replay(text="Once")


@settings(deadline=None, max_examples=30)
@given(episode=episodes())
def test_an_episode_written_as_json_is_read_as_it_was(episode: Episode) -> None:
    values = json.loads(json.dumps(episode.model_dump(mode="json")))

    assert Episode.model_validate(values) == episode


def test_the_line_that_is_wrong_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    write_jsonl(path, [row(USER, ANSWER), row(USER)])

    with pytest.raises(InputError, match=r"rows\.jsonl:2: not an episode"):
        list(read_episodes(path))


@pytest.mark.parametrize("line", ["{", "", "\ufeff["])
def test_a_line_that_is_not_json_is_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(f"{json.dumps(row(USER, ANSWER))}\n{line}\n", encoding="utf-8")

    with pytest.raises(InputError, match=r"rows\.jsonl:2: not JSON"):
        list(read_episodes(path))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.jsonl: no such file"):
        list(read_episodes(tmp_path / "none.jsonl"))


def test_tool_messages_default_to_learned() -> None:
    assert ToolCallMessage(name="search", arguments={}).learn
    assert ToolResultMessage(name="search", content=None).content is None
