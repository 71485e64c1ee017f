"""The best-ranked path that people approved of, from trees and from single messages."""

from typing import Any

import pytest

from mypt.sft.imports.oasst import best_path, trees
from mypt.sft.imports.records import Record
from mypt.sft.imports.rejection import Rejected
from mypt.sft.imports.turns import CUT, messages_of
from tests.sft.imports.public_rows import ANSWERED, ASKED, TREE


def flat(message: dict[str, Any], tree_id: str = "t1") -> list[dict[str, Any]]:
    """Return the messages of a tree one by one, as the flat files hold them."""
    own = {name: value for name, value in message.items() if name != "replies"} | {"message_tree_id": tree_id}
    return [own, *(one for reply in message["replies"] for one in flat(reply, tree_id))]


FLAT = flat(TREE["prompt"])  # type: ignore[arg-type]


def test_rank_0_is_the_best_and_what_a_review_refused_is_left_out() -> None:
    _, messages, changed = messages_of(best_path(TREE))

    assert [getattr(message, "content", None) for message in messages] == [ASKED, ANSWERED]
    assert changed == {CUT}  # the last question has no answer


@pytest.mark.parametrize("order", [FLAT, [FLAT[0], *reversed(FLAT[1:])]])
def test_single_messages_grow_into_the_same_path(order: list[dict[str, Any]]) -> None:
    found = list(trees(Record(number, one) for number, one in enumerate(order, start=1)))

    assert [one.number for one in found] == [1]
    assert isinstance(found[0].value, dict)
    assert messages_of(best_path(found[0].value)) == messages_of(best_path(TREE))


def test_messages_without_their_parent_are_rejected_one_by_one() -> None:
    other = {**FLAT[0], "message_tree_id": "t2", "message_id": "x"}

    found = list(trees(Record(number, one) for number, one in enumerate([FLAT[0], other, FLAT[2]], start=1)))

    assert [(one.number, type(one.value)) for one in found] == [(1, dict), (2, dict), (3, Rejected)]


@pytest.mark.parametrize(
    ("tree", "reason"),
    [
        ({}, "missing field"),
        ({"prompt": []}, "wrong type"),
        ({**TREE, "tree_state": "growing"}, "not ready"),
        ({"prompt": {"text": "x", "role": "prompter", "review_result": None}}, "not approved"),
        ({"prompt": {"text": "x", "role": "judge", "review_result": True}}, "unknown role"),
    ],
)
def test_other_trees_are_rejected(tree: dict[str, Any], reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        list(best_path(tree))


def test_messages_of_one_id_or_of_themselves_do_not_go_round() -> None:
    own = {**FLAT[0], "parent_id": "m1"}

    found = list(trees(Record(number, one) for number, one in enumerate([own, FLAT[0], FLAT[0]], start=1)))

    assert all(isinstance(one, Record) for one in found)
    for one in found:
        if isinstance(one.value, dict):
            with pytest.raises(Rejected, match="no answer"):
                messages_of(best_path(one.value))
