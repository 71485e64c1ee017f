"""Numbers as people say them."""

import pytest

from mypt.cli.plan_page import duration, gib, large, rate


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (3.04, "3.0 seconds"),
        (119.0, "119.0 seconds"),
        (150.0, "2.5 minutes"),
        (9000.0, "2.5 hours"),
        (216000.0, "2.5 days"),
    ],
)
def test_a_time_is_said_in_its_unit(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [(999.0, "999"), (12_300_000, "12.3 million"), (7.37e9, "7.37 billion"), (2e12, "2 trillion")],
)
def test_a_large_number_is_said_in_words(number: float, said: str) -> None:
    assert large(number) == said


def test_sizes_and_rates_have_their_unit() -> None:
    assert (gib(3 * 2**29), gib(2**29)) == ("1.5 GiB", "512 MiB")
    assert (rate(989.5e12), rate(63.2e9)) == ("989.5 TFLOP/s", "63.2 GFLOP/s")
