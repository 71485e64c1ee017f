"""Text that fits, whole words and fair shares."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mypt.agent.room import cut, excerpt, rendered, share_out, shown_title, text_length


@given(st.text(), st.integers(1, 60))
def test_what_is_cut_fits_also_with_its_escapes(text: str, room: int) -> None:
    shown = cut(text, room)

    assert text_length(shown) <= room
    assert text.startswith(shown.removesuffix("…").rstrip() if shown != text else shown)


def test_a_text_is_cut_between_words_and_says_so() -> None:
    assert cut("one two three four", 12) == "one two…"
    assert cut("one two", 12) == "one two"


@given(st.lists(st.integers(0, 500), max_size=8), st.integers(0, 900))
def test_shares_never_pass_the_room_nor_what_is_wanted(wanted: list[int], room: int) -> None:
    shares = share_out(wanted, room)

    assert sum(shares) <= room
    assert all(share <= most for share, most in zip(shares, wanted, strict=True))


def test_what_wants_little_leaves_more_for_the_others() -> None:
    assert share_out([10, 500, 500], 210) == [10, 100, 100]


def test_an_excerpt_shows_where_the_matches_are() -> None:
    text = f"{'filler ' * 100}needle and thread {'filler ' * 100}".strip()
    start = text.index("needle")

    shown = excerpt(text, [(start, start + 6), (start + 11, start + 17)], 150)

    assert "needle and thread" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert text_length(shown) <= 150


@given(st.text(alphabet='ab \n"', max_size=300), st.integers(0, 250), st.integers(5, 80))
def test_an_excerpt_always_fits(text: str, start: int, room: int) -> None:
    shown = excerpt(text, [(start, start + 2)] if start + 2 <= len(text) else [], room)

    assert text_length(shown) <= room


def test_a_title_stands_on_one_line() -> None:
    assert shown_title("A\n title") == "A title"
    assert len(shown_title("long " * 50)) <= 80


@pytest.mark.parametrize("value", [{"b": 1, "a": "ü"}, ["<|x|>"]])
def test_values_are_rendered_as_in_training(value: object) -> None:
    assert rendered(value) == json.dumps(value, ensure_ascii=False, sort_keys=True)  # type: ignore[arg-type]
