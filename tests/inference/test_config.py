"""Sampling settings."""

import pytest

from mypt.config import validate
from mypt.errors import ConfigError
from mypt.inference.config import SamplingConfig


@pytest.mark.parametrize(
    "values",
    [
        {"max_new_tokens": 0},
        {"temperature": -0.1},
        {"temperature": 0.001},
        {"top_k": -1},
        {"top_p": 0.0},
        {"top_p": 1.1},
        {"repetition_penalty": 0.9},
        {"repetition_window": 0},
    ],
)
def test_values_out_of_range_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(values))):
        validate(values, SamplingConfig, "test")


def test_temperature_0_is_greedy() -> None:
    assert SamplingConfig(temperature=0.0).is_greedy
    assert not SamplingConfig(temperature=0.01).is_greedy
