"""The 19 conversation tags: their strings, their ids and their weights in the loss."""

from collections.abc import Mapping, Sequence
from enum import Enum, unique
from itertools import groupby

from mypt.tokenizer.tokenizer import Tokenizer, decode

BASE_VOCAB_SIZE = 50257
"""How many ids GPT-2's vocabulary owns; the tags come right after it."""


@unique
class Tag(Enum):
    """The tags in the order of their ids, which is pinned: a model is trained on it."""

    SYSTEM_OPEN = "<myPT_system>"
    SYSTEM_CLOSE = "</myPT_system>"
    USER_OPEN = "<myPT_user>"
    USER_CLOSE = "</myPT_user>"
    ASSISTANT_OPEN = "<myPT_assistant>"
    ASSISTANT_CLOSE = "</myPT_assistant>"
    USER_CONTEXT_OPEN = "<myPT_user_context>"
    USER_CONTEXT_CLOSE = "</myPT_user_context>"
    ASSISTANT_CONTEXT_OPEN = "<myPT_assistant_context>"
    ASSISTANT_CONTEXT_CLOSE = "</myPT_assistant_context>"
    TOOLCALL_OPEN = "<myPT_toolcall>"
    TOOLCALL_CLOSE = "</myPT_toolcall>"
    TOOLRESULT_OPEN = "<myPT_toolresult>"
    TOOLRESULT_CLOSE = "</myPT_toolresult>"
    THINK_OPEN = "<myPT_think>"
    THINK_CLOSE = "</myPT_think>"
    CITE_OPEN = "<myPT_cite>"
    CITE_CLOSE = "</myPT_cite>"
    END_OF_TURN = "<myPT_eot>"


SPECIAL_TOKENS: tuple[str, ...] = tuple(tag.value for tag in Tag)

TAG_WEIGHTS: Mapping[Tag, float] = {
    Tag.ASSISTANT_CLOSE: 2.0,
    Tag.TOOLCALL_OPEN: 2.0,
    Tag.TOOLCALL_CLOSE: 2.0,
    Tag.THINK_OPEN: 1.5,
    Tag.THINK_CLOSE: 1.5,
    Tag.CITE_OPEN: 1.5,
    Tag.CITE_CLOSE: 1.5,
    Tag.END_OF_TURN: 2.0,
}
"""The tags that the model writes, and their weight in the loss; all others are the system's and masked."""

TEXT_WEIGHT = 1.0
"""The weight of text that the model writes."""


def is_model_written(tag: Tag) -> bool:
    """Say whether the model writes this tag; the system writes the others."""
    return tag in TAG_WEIGHTS


def get_special_token_ids(base_vocab_size: int = BASE_VOCAB_SIZE) -> dict[str, int]:
    """Return the id of each tag, by its string, after a base vocabulary of this size."""
    return {text: base_vocab_size + offset for offset, text in enumerate(SPECIAL_TOKENS)}


def get_tags_by_id(base_vocab_size: int = BASE_VOCAB_SIZE) -> dict[int, Tag]:
    """Return the tag behind each id, after a base vocabulary of this size."""
    return {token: Tag(text) for text, token in get_special_token_ids(base_vocab_size).items()}


def model_vocab_size(tokenizer: Tokenizer) -> int:
    """Return how many ids a conversation model uses: the tokenizer's own and the tags."""
    return tokenizer.base_vocab_size + len(SPECIAL_TOKENS)


def spell_out(ids: Sequence[int], tokenizer: Tokenizer) -> str:
    """Return ids as text for people to look at, with tags, end-of-text and unknown ids spelled out.

    Not to be parsed: text that spells a tag looks the same here.
    """
    names = {token: tag.value for token, tag in get_tags_by_id(tokenizer.base_vocab_size).items()}
    names[tokenizer.end_of_text] = "<|endoftext|>"
    parts: list[str] = []
    for is_words, run in groupby(ids, key=lambda token: is_text(token, tokenizer)):
        if is_words:
            parts.append(decode(tokenizer, list(run)))
        else:
            parts += [names.get(token, f"<id {token}>") for token in run]
    return "".join(parts)


def is_text(token: int, tokenizer: Tokenizer) -> bool:
    """Say whether an id stands for text, and not for end-of-text, a tag or nothing at all."""
    return 0 <= token < tokenizer.base_vocab_size and token != tokenizer.end_of_text
