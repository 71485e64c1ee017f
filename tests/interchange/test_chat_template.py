"""Stock code that renders with the template gets the ids that our renderer gives, or an error."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from jinja2.exceptions import TemplateError

from mypt.conversation.episode import Episode, ToolResultMessage
from mypt.conversation.render import render, render_prompt
from mypt.conversation.special_tokens import SPECIAL_TOKENS
from mypt.interchange.chat_template import chat_template
from mypt.interchange.hugging_face_tokenizer import write_tokenizer
from tests.conversation.strategies import episodes
from tests.interchange.models import BPE, LETTERS, stock_tokenizer

PASSAGES = [{"id": "or-1", "text": "Art. 1\nZweiter Satz"}, {"id": "or-2", "text": "[or-9] kein Anfang"}]
CALL = {"role": "assistant_toolcall", "name": "search", "arguments": {"top_k": 3, "query": "Würde „x“ \\n"}}
RESULT = {"role": "toolresult", "name": "search", "content": [{"id": "or-1", "score": 0.5, "ok": None}]}
USER, ANSWER = {"role": "user", "content": "Was gilt? "}, {"role": "assistant", "content": "Nichts."}
CONVERSATIONS: dict[str, tuple[str | None, list[dict[str, Any]]]] = {
    "one turn": (None, [USER, ANSWER]),
    "system": ("You are MyPT.", [USER, ANSWER]),
    "several turns": ("Du bist MyPT.", [USER, ANSWER, {"role": "user", "content": " und\n\nnun?"}, ANSWER]),
    "think and cite": (None, [USER, {**ANSWER, "think": "Hm …", "cite": ["or-1", "or-2"]}]),
    "passages": (None, [{**USER, "context": PASSAGES}, ANSWER]),
    "assistant context": (None, [USER, {"role": "assistant_context", "content": "heute"}, ANSWER]),
    "tool call": (None, [USER, CALL, RESULT, ANSWER]),
    "thought tool call": (None, [USER, {**CALL, "think": "suchen"}, RESULT, CALL, RESULT, ANSWER]),
    "failed tool": (None, [USER, CALL, {**RESULT, "content": {"error": "zu viel"}}, ANSWER]),
    "result of a text": (None, [USER, CALL, {**RESULT, "content": "gefunden <b>"}, ANSWER]),
    "nested result": (
        None,
        [USER, CALL, {**RESULT, "content": {"b": {"z": [1, 2.5, True], "a": {}}}}, ANSWER],
    ),
    "emoji": (None, [{"role": "user", "content": "🦉👩🏽‍🚀 <b>Grüezi</b>"}, ANSWER]),
}
conversations = pytest.mark.parametrize(("system", "messages"), CONVERSATIONS.values(), ids=CONVERSATIONS)


def has_results(episode: Episode) -> bool:
    """Say whether no tool result is null, of which transformers makes a list before the template."""
    return all(not isinstance(m, ToolResultMessage) or m.content is not None for m in episode.messages)


SAYABLE = episodes().filter(has_results)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the exported GPT-2 tokenizer as transformers loads it."""
    folder = tmp_path_factory.mktemp("hf")
    write_tokenizer(folder, BPE, 1024)
    return stock_tokenizer(folder)


def stock_ids(tokenizer: Any, messages: list[dict[str, Any]], *, prompt: bool = False) -> list[int]:
    return tokenizer.apply_chat_template(messages, return_dict=False, add_generation_prompt=prompt)


def with_system(system: str | None, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return ([{"role": "system", "content": system}] if system else []) + messages


def as_messages(episode: Episode) -> list[dict[str, Any]]:
    """Return an episode as it stands in an episode file."""
    values = [message.model_dump(mode="json") for message in episode.messages]
    return with_system(episode.system, values)


@conversations
def test_a_conversation_has_the_ids_of_our_renderer(
    system: str | None, messages: list[dict[str, Any]], tokenizer: Any
) -> None:
    episode = Episode.model_validate(
        {"system": system, "messages": messages, "language": "de", "source": "test"}
    )

    assert stock_ids(tokenizer, with_system(system, messages)) == render(episode, BPE).ids.tolist()


@conversations
def test_a_prompt_ends_where_the_model_begins(
    system: str | None, messages: list[dict[str, Any]], tokenizer: Any
) -> None:
    episode = Episode.model_validate(
        {"system": system, "messages": messages[:-1], "language": "de", "source": "test"}
    )

    ids = stock_ids(tokenizer, with_system(system, messages[:-1]), prompt=True)

    assert ids == render_prompt(episode, BPE)


def test_a_character_model_has_the_same_template(tmp_path: Path) -> None:
    write_tokenizer(tmp_path, LETTERS, 64)
    episode = Episode.model_validate({"messages": [USER, ANSWER], "language": "de", "source": "test"})

    ids = stock_ids(stock_tokenizer(tmp_path), [USER, ANSWER])

    assert ids == render(episode, LETTERS).ids.tolist()


@settings(max_examples=60, deadline=None)
@given(episode=SAYABLE)
def test_whatever_is_said_the_ids_are_ours_or_there_is_an_error(episode: Episode, tokenizer: Any) -> None:
    messages = as_messages(episode)
    spelled = [
        tag for tag in (*SPECIAL_TOKENS, "<|endoftext|>") if tag in json.dumps(messages, ensure_ascii=False)
    ]

    if spelled:
        with pytest.raises(TemplateError, match="which only the template may write"):
            stock_ids(tokenizer, messages)
    else:
        assert stock_ids(tokenizer, messages) == render(episode, BPE).ids.tolist()


@settings(max_examples=60, deadline=None)
@given(episode=SAYABLE)
def test_whatever_is_said_without_tags_has_the_ids_of_our_renderer(episode: Episode, tokenizer: Any) -> None:
    written = episode.model_dump_json()
    for tag in (*SPECIAL_TOKENS, "<|endoftext|>"):
        written = written.replace(tag, "<tag>")
    plain = Episode.model_validate_json(written)
    assume(not any(tag in written for tag in (*SPECIAL_TOKENS, "<|endoftext|>")))

    assert stock_ids(tokenizer, as_messages(plain)) == render(plain, BPE).ids.tolist()


@pytest.mark.parametrize("tag", [*SPECIAL_TOKENS, "<|endoftext|>"])
@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "system", "content": "a{}"}, USER],
        [{"role": "user", "content": "a{}b"}],
        [{**USER, "context": [{"id": "x", "text": "{}"}]}],
        [{**USER, "context": [{"id": "{}", "text": "x"}]}],
        [USER, {**ANSWER, "content": "{}"}],
        [USER, {**ANSWER, "think": "{}"}],
        [USER, {**ANSWER, "cite": ["{}"]}],
        [USER, {"role": "assistant_context", "content": "{}"}],
        [USER, {**CALL, "name": "{}"}],
        [USER, {**CALL, "arguments": {"q": "{}"}}],
        [USER, {**CALL, "arguments": {"{}": 1}}],
        [USER, CALL, {**RESULT, "content": {"k": ["{}"]}}],
    ],
    ids=str,
)
def test_text_that_spells_a_tag_is_refused_wherever_it_stands(
    messages: list[dict[str, Any]], tag: str, tokenizer: Any
) -> None:
    spoiled = json.loads(json.dumps(messages).replace("{}", tag))

    with pytest.raises(TemplateError, match="which only the template may write"):
        stock_ids(tokenizer, spoiled)


def test_text_that_almost_spells_a_tag_stays_text(tokenizer: Any) -> None:
    messages = [{"role": "user", "content": "<myPT_usr> </myPT_user <myPT_"}, ANSWER]
    episode = Episode.model_validate({"messages": messages, "language": "en", "source": "test"})

    assert stock_ids(tokenizer, messages) == render(episode, BPE).ids.tolist()


def test_the_roles_of_others_are_understood(tokenizer: Any) -> None:
    function = {"name": CALL["name"], "arguments": CALL["arguments"]}
    theirs: list[dict[str, Any]] = [
        USER,
        {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": function}]},
        {"role": "tool", "content": RESULT["content"]},
        {**ANSWER, "reasoning_content": "klar"},
    ]

    assert stock_ids(tokenizer, theirs) == stock_ids(
        tokenizer, [USER, CALL, RESULT, {**ANSWER, "think": "klar"}]
    )


def test_arguments_that_are_json_already_stay_as_they_are(tokenizer: Any) -> None:
    ids = stock_ids(tokenizer, [USER, {**CALL, "arguments": '{"b":1,"a":2}'}])

    assert '"arguments": {"b":1,"a":2}}</myPT_toolcall>' in tokenizer.decode(ids)


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([ANSWER], "assistant may not follow the start"),
        ([USER, USER], "user may not follow user"),
        ([USER, RESULT], "toolresult may not follow user"),
        ([USER, {"role": "system", "content": "late"}], "system may not follow user"),
        ([{"role": "wizard", "content": "x"}], "no such role: wizard"),
        ([{"role": "user", "content": ""}], "content must be a text that is not empty"),
        ([{"role": "user", "content": [{"type": "text", "text": "x"}]}], "content must be a text"),
        ([{**USER, "context": [{"id": "a]", "text": "x"}]}], "a passage id holds no line break and no ]"),
        ([USER, {**CALL, "arguments": [1]}], "arguments must be an object, or its JSON"),
        ([USER, {"role": "assistant", "tool_calls": [{"function": CALL}] * 2}], "one tool call in a message"),
        (
            [USER, {"role": "assistant", "content": "x", "tool_calls": [{"function": CALL}]}],
            "a message with a tool call has no content",
        ),
    ],
    ids=str,
)  # fmt: skip
def test_what_the_protocol_does_not_allow_is_refused(
    messages: list[dict[str, Any]], reason: str, tokenizer: Any
) -> None:
    with pytest.raises(TemplateError, match=reason):
        stock_ids(tokenizer, messages)


def test_the_model_is_not_asked_when_it_has_just_written(tokenizer: Any) -> None:
    with pytest.raises(TemplateError, match="the model does not answer after assistant"):
        stock_ids(tokenizer, [USER, ANSWER], prompt=True)


def test_tools_belong_into_the_system_message(tokenizer: Any) -> None:
    with pytest.raises(TemplateError, match="describe the tools in the system message"):
        tokenizer.apply_chat_template([USER], tools=[{"type": "function", "function": {"name": "x"}}])


def test_a_result_of_null_arrives_as_an_empty_list(tokenizer: Any) -> None:
    null, empty = {**RESULT, "content": None}, {**RESULT, "content": []}

    assert stock_ids(tokenizer, [USER, CALL, null]) == stock_ids(tokenizer, [USER, CALL, empty])


def test_every_tag_is_guarded() -> None:
    assert all(f"'{tag}'" in chat_template() for tag in SPECIAL_TOKENS)
