"""Flips between two models: named, weighed, and only where both answered."""

import pytest

from mypt.errors import InputError
from mypt.evaluation.compare import compare
from tests.evaluation.outcomes import results


def test_flips_are_named_and_weighed() -> None:
    change = compare(results({"echo": 30, "facts": 30}), results({"echo": 40, "facts": 28}))

    echo, facts = change.buckets
    assert (echo.n_before, echo.n_after, len(echo.won), echo.lost) == (30, 40, 10, ())
    assert (echo.verdict, facts.verdict) == ("better", "no difference shown")
    assert facts.lost == ("facts-028", "facts-029")
    assert echo.p_value == 2 / 2**10


def test_a_loss_that_is_no_chance_is_worse() -> None:
    assert compare(results({"echo": 60}), results({"echo": 50})).buckets[0].verdict == "worse"


def test_cases_without_counterpart_are_counted_and_left_out() -> None:
    change = compare(results({"echo": 30, "facts": 1}), results({"echo": 30, "json": 2}, n=55))

    assert [one.bucket for one in change.buckets] == ["echo"]
    assert change.buckets[0].n_cases == 55
    assert change.n_unpaired == 5 + 60 + 55
    assert "120 cases have no counterpart" in change.to_markdown()


def test_nothing_in_common_is_an_error() -> None:
    with pytest.raises(InputError, match="no case in common"):
        compare(results({"echo": 1}), results({"facts": 1}))


def test_markdown_lists_what_flipped() -> None:
    text = compare(results({"echo": 30}), results({"echo": 31})).to_markdown()

    assert "| echo | 30/60 | 31/60 | 0 | 1 | 1 | no difference shown |" in text
    assert "- won: echo-030" in text
