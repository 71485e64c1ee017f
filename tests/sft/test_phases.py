"""The six phases are those of the protocol."""

import pytest

from mypt.conversation.special_tokens import Tag
from mypt.errors import InputError
from mypt.sft.phases import PHASES, known_tags, phase


def test_the_phases_are_numbered_from_one_to_six() -> None:
    assert [one.number for one in PHASES] == [1, 2, 3, 4, 5, 6]


def test_every_tag_is_introduced_once() -> None:
    introduced = [tag for one in PHASES for tag in one.introduces]

    assert sorted(introduced, key=lambda tag: tag.value) == sorted(Tag, key=lambda tag: tag.value)


def test_every_phase_replays_all_earlier_ones() -> None:
    assert all(sorted(one.replay) == list(range(1, one.number)) for one in PHASES)


def test_the_shares_of_replay_are_those_of_the_protocol() -> None:
    assert [round(100 * sum(one.replay.values())) for one in PHASES] == [0, 5, 6, 7, 8, 5]


def test_tags_of_tools_are_unknown_before_phase_five() -> None:
    assert Tag.TOOLCALL_OPEN not in known_tags(4)
    assert Tag.TOOLCALL_OPEN in known_tags(5)
    assert Tag.THINK_OPEN in known_tags(5)


@pytest.mark.parametrize("number", [0, 7, -1])
def test_a_phase_that_does_not_exist_is_refused(number: int) -> None:
    with pytest.raises(InputError, match="does not exist"):
        phase(number)
