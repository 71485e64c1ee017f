"""Whose text each id of an episode is, told from the tags among the ids alone."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Int64, Integer, UInt8

from mypt.conversation.special_tokens import Tag

ROLES = (
    "replay", "system", "user", "user_context", "assistant_context", "assistant", "think", "cite",
    "toolcall", "toolresult", "turn_end", "outside",
)  # fmt: skip
"""`replay` is text of a row without tags; `outside` is text where none may stand."""

TAGS = tuple(Tag)
NO_TAG = -1

_OF_TAG: Mapping[Tag, str] = {
    tag: "turn_end" if tag in (Tag.ASSISTANT_CLOSE, Tag.END_OF_TURN) else tag.value.strip("</>")[5:]
    for tag in Tag
}
_TEXT_AFTER: Mapping[Tag, str] = {
    **{tag: _OF_TAG[tag] for tag in Tag if not tag.value.startswith("</") and tag is not Tag.END_OF_TURN},
    Tag.USER_CONTEXT_CLOSE: "user",
    Tag.THINK_CLOSE: "assistant",
}
_TABLE = np.array(
    [[ROLES.index(_TEXT_AFTER.get(tag, "outside")), ROLES.index(_OF_TAG[tag])] for tag in Tag]
    + [[ROLES.index("replay")] * 2],
    dtype=np.uint8,
)


def tag_numbers(ids: Integer[np.ndarray, " ids"], base_vocab_size: int) -> Int64[np.ndarray, " ids"]:
    """Return which of `TAGS` each id is; NO_TAG for all others."""
    numbers = ids.astype(np.int64) - base_vocab_size
    return np.where((numbers >= 0) & (numbers < len(TAGS)), numbers, NO_TAG)


def last_tags(
    tags: Int64[np.ndarray, " ids"], starts: Int64[np.ndarray, " rows"]
) -> Int64[np.ndarray, " ids"]:
    """Return the tag at or last before each id in its own row; NO_TAG where there is none yet."""
    marks = np.where(tags >= 0, np.arange(len(tags)), 0)
    marks[starts] = starts
    return tags[np.maximum.accumulate(marks)]


def roles_of(
    tags: Int64[np.ndarray, " ids"], starts: Int64[np.ndarray, " rows"]
) -> UInt8[np.ndarray, " ids"]:
    """Return the role of each id, as its place in `ROLES`; a tag is of the block that it opens or closes."""
    return _TABLE[last_tags(tags, starts), (tags >= 0).astype(np.int64)]
