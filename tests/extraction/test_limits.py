"""Limits are settings like all others."""

import pytest

from mypt.config import validate
from mypt.errors import ConfigError
from mypt.extraction.limits import Limits


def test_the_defaults_are_what_the_issue_asks_for() -> None:
    limits = Limits()

    assert limits.file_bytes == 200_000_000
    assert limits.memory_bytes == 1_500_000_000
    assert limits.ocr is False


def test_a_limit_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ConfigError, match="did you mean `pages`"):
        validate({"page": 3}, Limits, "settings")


def test_less_memory_than_an_interpreter_needs_is_refused() -> None:
    with pytest.raises(ConfigError, match="memory_bytes"):
        validate({"memory_bytes": 1000}, Limits, "settings")
