"""Episodes as ids: the only renderer, for training and for serving.

A rendered episode has one mask and one weight for each id. They belong to that id
as a *target*: `weights[i]` is how much it counts to predict `ids[i]` from `ids[:i]`.
A loader that takes inputs `ids[:-1]` and targets `ids[1:]` takes `weights[1:]`. The
first id of an episode is never predicted, whatever its weight.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from mypt.conversation.episode import (
    AssistantMessage,
    Episode,
    Message,
    Passage,
    Replay,
    ToolCallMessage,
    ToolResultMessage,
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
    ids, weights = _encode(pieces(row), tokenizer)
    array = np.array(weights, dtype=np.float32)
    return Rendered(np.array(ids, dtype=np.int32), (array > 0).astype(np.uint8), array)


def pieces(row: Episode | Replay) -> Iterator[tuple[Piece, float]]:
    """Yield the tags and texts of a row, each with the weight of its ids.

    Raises InputError when the row's last turn is open.
    """
    if isinstance(row, Replay):
        return iter([(row.text, TEXT_WEIGHT)])
    if not row.is_complete:
        raise InputError(f"an episode ends with an answer, this one with `{row.messages[-1].role}`")
    return _pieces(row)


def render_prompt(episode: Episode, tokenizer: Tokenizer) -> list[int]:
    """Return the ids after which the model writes; InputError when it is not its turn."""
    last = episode.messages[-1]
    if isinstance(last, AssistantMessage | ToolCallMessage):
        raise InputError(f"the model has just written: `{last.role}` is the last message")
    ids, _ = _encode(_pieces(episode), tokenizer)
    return [*ids, get_special_token_ids(tokenizer.base_vocab_size)[Tag.ASSISTANT_OPEN.value]]


def stop_ids(tokenizer: Tokenizer) -> StopIds:
    """Return the ids that end generation."""
    ids = get_special_token_ids(tokenizer.base_vocab_size)
    return StopIds(
        end_of_turn=ids[Tag.END_OF_TURN.value],
        end_of_block=ids[Tag.ASSISTANT_CLOSE.value],
        tool_call=ids[Tag.TOOLCALL_OPEN.value],
    )


def _encode(pieces: Iterable[tuple[Piece, float]], tokenizer: Tokenizer) -> tuple[list[int], list[float]]:
    """Encode piece by piece, so that no text can join with a tag or become one."""
    tag_ids = get_special_token_ids(tokenizer.base_vocab_size)
    ids: list[int] = []
    weights: list[float] = []
    for piece, weight in pieces:
        piece_ids = [tag_ids[piece.value]] if isinstance(piece, Tag) else tokenizer.encode(piece)
        ids += piece_ids
        weights += [weight] * len(piece_ids)
    return ids, weights


def _pieces(episode: Episode) -> Iterator[tuple[Piece, float]]:
    if episode.system is not None:
        for piece in (Tag.SYSTEM_OPEN, episode.system, Tag.SYSTEM_CLOSE):
            yield piece, 0.0
    for message in episode.messages:
        is_learned = _is_learned(message)
        for piece in _block(message):
            yield piece, _weight(piece) if is_learned else 0.0


def _weight(piece: Piece) -> float:
    return TAG_WEIGHTS.get(piece, 0.0) if isinstance(piece, Tag) else TEXT_WEIGHT


def _is_learned(message: Message) -> bool:
    return message.role == "assistant" or (message.role == "assistant_toolcall" and message.learn)


def _block(message: Message) -> list[Piece]:
    """Tell messages apart by their role: a model's `isinstance` takes longer than everything else here."""
    if message.role == "user":
        return [Tag.USER_OPEN, *_context(message.context), message.content, Tag.USER_CLOSE]
    if message.role == "assistant":
        body = [*_think(message.think), message.content]
        for name in message.cite:
            body += [Tag.CITE_OPEN, name, Tag.CITE_CLOSE]
        return [Tag.ASSISTANT_OPEN, *body, Tag.ASSISTANT_CLOSE, Tag.END_OF_TURN]
    if message.role == "assistant_toolcall":
        call: list[Piece] = [Tag.TOOLCALL_OPEN, _tool_call_json(message), Tag.TOOLCALL_CLOSE]
        return [Tag.ASSISTANT_OPEN, *_think(message.think), *call, Tag.ASSISTANT_CLOSE]
    if message.role == "toolresult":
        return [Tag.TOOLRESULT_OPEN, _tool_result_json(message), Tag.TOOLRESULT_CLOSE]
    return [Tag.ASSISTANT_CONTEXT_OPEN, message.content, Tag.ASSISTANT_CONTEXT_CLOSE]


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
