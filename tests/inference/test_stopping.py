"""Why a row ends."""

from mypt.inference.stopping import FinishReason, finish_reason, never_stop, stop_at, stop_at_any


def test_a_stop_id_ends_a_row() -> None:
    assert finish_reason([1, 2], stop_at({2, 5}), 10) is FinishReason.STOP
    assert finish_reason([2, 1], stop_at({2, 5}), 10) is None


def test_the_length_ends_a_row() -> None:
    assert finish_reason([1], never_stop, 2) is None
    assert finish_reason([1, 1], never_stop, 2) is FinishReason.LENGTH


def test_a_stop_id_in_the_last_place_is_a_stop() -> None:
    assert finish_reason([1, 2], stop_at({2}), 2) is FinishReason.STOP


def test_any_of_several_rules_ends_a_row() -> None:
    rule = stop_at_any(stop_at({1}), lambda generated: generated[0] == 7)

    assert rule([5, 1])
    assert rule([7, 5])
    assert not rule([5, 7])
