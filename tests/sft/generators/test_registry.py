"""The generators by name."""

import pytest

from mypt.errors import ConfigError
from mypt.sft.generator import EpisodeGenerator, GeneratorSettings
from mypt.sft.generators.registry import GENERATORS, find_generator
from mypt.sft.phases import PHASES
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe


def test_every_generator_of_a_phase_is_there() -> None:
    assert [name for phase in PHASES for name in phase.generators] == list(GENERATORS)


@pytest.mark.parametrize("name", GENERATORS)
def test_what_is_made_by_a_name_generates(name: str) -> None:
    made = find_generator(name)(GeneratorSettings(generator=name, count=1), Gpt2Bpe())

    assert isinstance(made, EpisodeGenerator)


def test_an_unknown_name_is_answered_with_a_near_one() -> None:
    with pytest.raises(ConfigError, match="operators"):
        find_generator("operator")
