"""OpenAssistant (OASST2): trees of messages, or their messages one by one; the best-ranked path of each tree.

The fields are those of the dataset's own card: `message_id`, `parent_id`, `message_tree_id`, `tree_state`,
`text`, `role`, `rank` (0 is the best), `review_result`, `deleted`, and `prompt` and `replies` in a tree.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from mypt.sft.imports.instructions import answer
from mypt.sft.imports.records import Record
from mypt.sft.imports.rejection import Rejected
from mypt.sft.imports.turns import Turn, text_in

_READY = "ready_for_export"
_ROLES = {"prompter": "user", "assistant": "assistant"}


def trees(records: Iterable[Record]) -> Iterator[Record]:
    """Yield a tree for each run of messages of one; trees, and rows that are neither, pass as they are."""
    for tree_id, run in groupby(records, _tree_of_message):
        if tree_id is None:
            yield from run
        else:
            yield from _grown(list(run))


def best_path(tree: Mapping[str, Any]) -> Iterator[Turn]:
    """Yield the turns from the prompt down the best-ranked replies, as far as people approved of them."""
    message = tree.get("prompt")
    if not isinstance(message, dict):
        raise Rejected("missing field" if message is None else "wrong type", "prompt")
    if tree.get("tree_state", _READY) != _READY:
        raise Rejected("a tree that is not ready for export", "tree_state")
    if not _is_approved(message):
        raise Rejected("not approved by a review", "prompt.review_result")
    while message is not None:
        role = _ROLES.get(text_in(message, "role"))
        if role is None:
            raise Rejected("unknown role", "role")
        text = text_in(message, "text")
        yield Turn("user", text) if role == "user" else answer(text)
        replies = [
            reply for reply in message.get("replies") or () if isinstance(reply, dict) and _is_approved(reply)
        ]
        message = min(replies, key=_rank, default=None)


def _is_approved(message: Mapping[str, Any]) -> bool:
    return message.get("review_result") is True and not message.get("deleted")


def _rank(message: Mapping[str, Any]) -> float:
    """Only messages with siblings have a rank."""
    rank = message.get("rank")
    return rank if isinstance(rank, int | float) and rank == rank else float("inf")  # noqa: PLR0124  # NaN in tables


def _tree_of_message(record: Record) -> str | None:
    value = record.value
    is_message = isinstance(value, dict) and "message_id" in value and "prompt" not in value
    tree_id = value.get("message_tree_id") if is_message and isinstance(value, dict) else None
    return tree_id if isinstance(tree_id, str) else None


def _grown(run: list[Record]) -> Iterator[Record]:
    """Yield the tree of these messages, then those whose parent is not among them."""
    nodes = {
        str(one.value["message_id"]): {**one.value, "replies": []}
        for one in run
        if isinstance(one.value, dict)
    }
    root: dict[str, Any] | None = None
    orphans: list[Record] = []
    for one, node in zip(run, nodes.values(), strict=False):
        parent = node.get("parent_id")
        if parent is None and root is None:
            root = node
            tree_number = one.number
        elif str(parent) in nodes and nodes[str(parent)] is not node:
            nodes[str(parent)]["replies"].append(node)
        else:
            orphans.append(Record(one.number, Rejected("a message without its parent", "parent_id")))
    if root is not None:
        yield Record(tree_number, {"prompt": root, "tree_state": root.get("tree_state", _READY)})
    yield from orphans
