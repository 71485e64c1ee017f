"""What every generator is told."""

import pytest

from mypt.config import validate
from mypt.errors import ConfigError
from mypt.sft.generator import GeneratorSettings


def test_the_defaults_are_those_of_the_protocol() -> None:
    settings = GeneratorSettings(generator="chat", count=1)

    assert (settings.de_share, settings.think_omit_ratio, settings.contrastive_share) == (0.4, 0.15, 0.08)


@pytest.mark.parametrize(
    "values", [{"count": 0}, {"de_share": 1.5}, {"patterns": {"search": -1}}, {"language": "de"}]
)
def test_what_cannot_be_meant_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        validate({"generator": "chat", "count": 1, **values}, GeneratorSettings, "x.json")
