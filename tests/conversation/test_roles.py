"""Every id of an episode belongs to one block."""

import numpy as np

from mypt.conversation.bulk_render import render_many
from mypt.conversation.episode import (
    AssistantContextMessage,
    AssistantMessage,
    Episode,
    Passage,
    Replay,
    ToolCallMessage,
    ToolResultMessage,
    UserMessage,
)
from mypt.conversation.roles import ROLES, roles_of, tag_numbers
from mypt.conversation.special_tokens import spell_out
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe

TOKENIZER = Gpt2Bpe()
WHOLE = Episode(
    system="S",
    messages=(
        UserMessage(content="U", context=(Passage(id="p", text="P"),)),
        AssistantContextMessage(content="C"),
        ToolCallMessage(name="t", arguments={}, think="T"),
        ToolResultMessage(name="t", content="R"),
        AssistantMessage(content="A", think="T", cite=("p",)),
    ),
    language="en",
    source="test",
    phase=6,
)


def test_text_and_tags_are_of_the_block_they_stand_in() -> None:
    many = render_many([Replay(text="raw"), WHOLE], TOKENIZER)

    tags = tag_numbers(many.ids, TOKENIZER.base_vocab_size)
    roles = [ROLES[number] for number in roles_of(tags, many.starts[:-1])]

    spelled = dict.fromkeys(ROLES, "")
    for token, role in zip(many.ids.tolist(), roles, strict=True):
        spelled[role] += spell_out([token], TOKENIZER)
    assert spelled == {
        "replay": "raw",
        "system": "<myPT_system>S</myPT_system>",
        "user": "<myPT_user>U</myPT_user>",
        "user_context": "<myPT_user_context>[p] P</myPT_user_context>",
        "assistant_context": "<myPT_assistant_context>C</myPT_assistant_context>",
        "assistant": "<myPT_assistant><myPT_assistant>A",
        "think": "<myPT_think>T</myPT_think>" * 2,
        "cite": "<myPT_cite>p</myPT_cite>",
        "toolcall": '<myPT_toolcall>{"name": "t", "arguments": {}}</myPT_toolcall>',
        "toolresult": '<myPT_toolresult>{"name": "t", "result": "R"}</myPT_toolresult>',
        "turn_end": "</myPT_assistant></myPT_assistant><myPT_eot>",
        "outside": "",
    }


def test_text_between_blocks_stands_outside() -> None:
    ids = render_many([WHOLE], TOKENIZER).ids
    with_text = np.insert(ids, 3, TOKENIZER.encode("x"))

    roles = roles_of(tag_numbers(with_text, TOKENIZER.base_vocab_size), np.array([0]))

    assert ROLES[roles[3]] == "outside"
