"""Episodes as ids: the only renderer, for training and for serving.

A rendered episode has one mask and one weight for each id. They belong to that id
as a *target*: `weights[i]` is how much it counts to predict `ids[i]` from `ids[:i]`.
A loader that takes inputs `ids[:-1]` and targets `ids[1:]` takes `weights[1:]`. The
first id of an episode is never predicted, whatever its weight.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from mypt.conversation.episode import (
    AssistantContextMessage,
    AssistantMessage,
    Episode,
    Message,
    Passage,
    Replay,
    ToolCallMessage,
    ToolResultMessage,
    UserMessage,
)
from mypt.conversation.special_tokens import TAG_WEIGHTS, TEXT_WEIGHT, Tag, get_special_token_ids
from mypt.errors import InputError
from mypt.tokenizer.tokenizer import Tokenizer

Piece = Tag | str


@dataclass(frozen=True, eq=False)
class Rendered:
    """The ids of an episode, and what is learned of them; three arrays of one length."""

    ids: NDArray[np.int32]
    mask: NDArray[np.uint8]
    """1 where the id is learned, which is where its weight is above 0."""
    weights: NDArray[np.float32]

    @property
    def n_supervised(self) -> int:
        """How many ids are learned; the first is not counted, as nothing predicts it."""
        return int(self.mask[1:].sum())


@dataclass(frozen=True)
class StopIds:
    """The ids that end generation."""

    end_of_turn: int
    end_of_block: int
    """Ends it when the block holds a tool call; after an answer, end-of-turn still follows."""
    tool_call: int

    def are_reached(self, generated: Sequence[int]) -> bool:
        """Say whether what was generated since the prompt is finished with its last id."""
        last = generated[-1] if generated else None
        return last == self.end_of_turn or (last == self.end_of_block and self.tool_call in generated)


def render(row: Episode | Replay, tokenizer: Tokenizer) -> Rendered:
    """Return a row as ids with what is learned of them; InputError when its last turn is open."""
    if isinstance(row, Replay):
        ids = tokenizer.encode(row.text)
        return _rendered(ids, [TEXT_WEIGHT] * len(ids))
    if not row.is_complete:
        raise InputError(f"an episode ends with an answer, this one with `{row.messages[-1].role}`")
    return _rendered(*_encode(row, tokenizer))


def render_prompt(episode: Episode, tokenizer: Tokenizer) -> list[int]:
    """Return the ids after which the model writes; InputError when it is not its turn."""
    last = episode.messages[-1]
    if isinstance(last, AssistantMessage | ToolCallMessage):
        raise InputError(f"the model has just written: `{last.role}` is the last message")
    ids, _ = _encode(episode, tokenizer)
    return [*ids, get_special_token_ids(tokenizer.base_vocab_size)[Tag.ASSISTANT_OPEN.value]]


def stop_ids(tokenizer: Tokenizer) -> StopIds:
    """Return the ids that end generation."""
    ids = get_special_token_ids(tokenizer.base_vocab_size)
    return StopIds(
        end_of_turn=ids[Tag.END_OF_TURN.value],
        end_of_block=ids[Tag.ASSISTANT_CLOSE.value],
        tool_call=ids[Tag.TOOLCALL_OPEN.value],
    )


def _rendered(ids: list[int], weights: list[float]) -> Rendered:
    array = np.array(weights, dtype=np.float32)
    return Rendered(np.array(ids, dtype=np.int32), (array > 0).astype(np.uint8), array)


def _encode(episode: Episode, tokenizer: Tokenizer) -> tuple[list[int], list[float]]:
    """Encode piece by piece, so that no text can join with a tag or become one."""
    tag_ids = get_special_token_ids(tokenizer.base_vocab_size)
    ids: list[int] = []
    weights: list[float] = []
    for piece, is_learned in _pieces(episode):
        if isinstance(piece, Tag):
            piece_ids, weight = [tag_ids[piece.value]], TAG_WEIGHTS.get(piece, 0.0)
        else:
            piece_ids, weight = tokenizer.encode(piece), TEXT_WEIGHT
        ids += piece_ids
        weights += [weight if is_learned else 0.0] * len(piece_ids)
    return ids, weights


def _pieces(episode: Episode) -> Iterator[tuple[Piece, bool]]:
    if episode.system is not None:
        for piece in (Tag.SYSTEM_OPEN, episode.system, Tag.SYSTEM_CLOSE):
            yield piece, False
    for message in episode.messages:
        is_learned = _is_learned(message)
        for piece in _block(message):
            yield piece, is_learned


def _is_learned(message: Message) -> bool:
    return isinstance(message, AssistantMessage) or (isinstance(message, ToolCallMessage) and message.learn)


def _block(message: Message) -> list[Piece]:
    match message:
        case UserMessage(content=text, context=passages):
            return [Tag.USER_OPEN, *_context(passages), text, Tag.USER_CLOSE]
        case AssistantContextMessage(content=text):
            return [Tag.ASSISTANT_CONTEXT_OPEN, text, Tag.ASSISTANT_CONTEXT_CLOSE]
        case ToolCallMessage(think=think):
            call: list[Piece] = [Tag.TOOLCALL_OPEN, _tool_call_json(message), Tag.TOOLCALL_CLOSE]
            return [Tag.ASSISTANT_OPEN, *_think(think), *call, Tag.ASSISTANT_CLOSE]
        case ToolResultMessage():
            return [Tag.TOOLRESULT_OPEN, _tool_result_json(message), Tag.TOOLRESULT_CLOSE]
        case AssistantMessage(content=text, think=think, cite=cited):
            cites: list[Piece] = [piece for name in cited for piece in (Tag.CITE_OPEN, name, Tag.CITE_CLOSE)]
            return [Tag.ASSISTANT_OPEN, *_think(think), text, *cites, Tag.ASSISTANT_CLOSE, Tag.END_OF_TURN]


def _think(text: str | None) -> list[Piece]:
    return [] if text is None else [Tag.THINK_OPEN, text, Tag.THINK_CLOSE]


def _context(passages: Sequence[Passage]) -> list[Piece]:
    if not passages:
        return []
    return [Tag.USER_CONTEXT_OPEN, "\n".join(map(_passage_line, passages)), Tag.USER_CONTEXT_CLOSE]


def _passage_line(passage: Passage) -> str:
    """Indent further lines by one space, so that no text looks like the start of another passage."""
    indented = passage.text.replace("\n", "\n ")
    return f"[{passage.id}] {indented}"


def _tool_call_json(call: ToolCallMessage) -> str:
    return f'{{"name": {_json(call.name)}, "arguments": {_json(call.arguments)}}}'


def _tool_result_json(result: ToolResultMessage) -> str:
    content = result.content
    if isinstance(content, dict) and content.keys() == {"error"}:
        return f'{{"name": {_json(result.name)}, "error": {_json(content["error"])}}}'
    return f'{{"name": {_json(result.name)}, "result": {_json(content)}}}'


def _json(value: JsonValue) -> str:
    """Sort keys: episode files do, so a live result must read like one that was trained on."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False)
