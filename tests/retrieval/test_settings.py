"""Settings have bounds, and their defaults are valid."""

import pytest

from mypt.config import validate
from mypt.errors import ConfigError
from mypt.retrieval.settings import RetrievalSettings


def test_nothing_has_to_be_set() -> None:
    assert validate({}, RetrievalSettings, "settings") == RetrievalSettings()


@pytest.mark.parametrize(
    "wrong",
    [
        {"keyword_weight": -1},
        {"keyword": {"saturation": 0}},
        {"keyword": {"length_share": 1.5}},
        {"kept_readers": 0},
        {"rrf": True},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        validate(wrong, RetrievalSettings, "settings")
