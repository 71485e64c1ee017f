"""Every target that counts belongs to one part, told from the ids alone."""

import numpy as np

from mypt.conversation.episode import (
    AssistantMessage,
    Episode,
    Passage,
    Replay,
    ToolCallMessage,
    ToolResultMessage,
    UserMessage,
)
from mypt.conversation.render import render
from mypt.dataset.batch import Batch
from mypt.tokenizer.character import CharacterTokenizer
from mypt.training.episode_parts import part_losses, part_sums

TOKENIZER = CharacterTokenizer("")
EPISODE = Episode(
    system="sys",
    messages=(
        UserMessage(content="ask", context=(Passage(id="p1", text="told"),)),
        ToolCallMessage(name="f", arguments={}, think="hm"),
        ToolResultMessage(name="f", content=1),
        AssistantMessage(content="answer", think="think!", cite=("p1",)),
    ),
    language="en", source="test", phase=6,
)  # fmt: skip
WRITTEN = {
    "assistant": len("answer"), "think": len("hm" "think!"), "cite": len("p1"),
    "toolcall": len('{"name": "f", "arguments": {}}'), "replay": len("raw") - 1,
    "</myPT_assistant>": 2, "<myPT_think>": 2, "</myPT_think>": 2, "<myPT_cite>": 1, "</myPT_cite>": 1,
    "<myPT_toolcall>": 1, "</myPT_toolcall>": 1, "<myPT_eot>": 1,
}  # fmt: skip


def packed(*rows: Episode | Replay) -> Batch:
    rendered = [render(row, TOKENIZER) for row in rows]
    inputs = np.concatenate([one.ids[:-1] for one in rendered]).astype(np.int64)
    targets = np.concatenate([one.ids[1:] for one in rendered]).astype(np.int64)
    weights = np.concatenate([one.weights[1:] for one in rendered])
    segments = np.repeat(np.arange(len(rows)), [len(one.ids) - 1 for one in rendered])
    return Batch(inputs[None], targets[None], weights[None], segments[None])


def test_every_learned_target_is_of_the_part_that_the_model_writes() -> None:
    batch = packed(EPISODE, Replay(text="raw"))
    nll = np.full(batch.targets.shape, 0.5)

    losses = part_losses(part_sums(batch, TOKENIZER.base_vocab_size, nll, np.ones(nll.shape, dtype=bool)))

    assert {name: loss.n_tokens for name, loss in losses.items()} == WRITTEN
    assert sum(WRITTEN.values()) == np.count_nonzero(batch.weights)
    assert {(loss.nats_per_token, loss.accuracy) for loss in losses.values()} == {(0.5, 1.0)}


def test_losses_and_hits_are_those_of_the_part() -> None:
    batch = packed(EPISODE)
    is_close = batch.targets == TOKENIZER.base_vocab_size + 5  # </myPT_assistant>
    nll = np.where(is_close, 3.0, 1.0)
    is_hit = is_close & (np.cumsum(is_close).reshape(nll.shape) == 1)

    losses = part_losses(part_sums(batch, TOKENIZER.base_vocab_size, nll, is_hit))

    assert losses["</myPT_assistant>"].nats_per_token == 3.0
    assert losses["</myPT_assistant>"].accuracy == 0.5
    assert losses["assistant"].nats_per_token == 1.0
    assert losses["assistant"].accuracy == 0.0


def test_a_wrong_call_that_is_only_shown_is_not_measured() -> None:
    call, *rest = EPISODE.messages[1:]
    assert isinstance(call, ToolCallMessage)
    shown = EPISODE.messages[0], call.model_copy(update={"learn": False}), *rest
    batch = packed(EPISODE.model_copy(update={"messages": shown}))

    losses = part_losses(
        part_sums(batch, TOKENIZER.base_vocab_size, np.ones(batch.targets.shape), batch.targets > 0)
    )

    assert not {"toolcall", "<myPT_toolcall>"} & losses.keys()
    assert losses["think"].n_tokens == len("think!")


def test_rows_are_kept_apart_until_they_are_added() -> None:
    one, other = packed(EPISODE), packed(Replay(text="raw"))

    sums = [
        part_sums(batch, TOKENIZER.base_vocab_size, np.ones(batch.targets.shape), batch.targets > 0)
        for batch in (one, other)
    ]

    assert part_losses(np.concatenate(sums))["replay"].n_tokens == 2
    assert part_losses(None) == {}
