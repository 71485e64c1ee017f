"""Tests of the table of model sizes."""

import pytest

from mypt.errors import ConfigError
from mypt.model.config import GPTConfig
from mypt.model.presets import PRESETS, preset
from mypt.model.size import count_parameters

PARAMETERS = {
    "tiny": 11_429_568,
    "tiny-gpt2style": 11_487_360,
    "gpt2": 124_439_808,
    "150M": 151_905_024,
    "350M": 355_124_224,
    "750M": 698_860_800,
    "1.5B": 1_560_116_800,
}


def test_every_preset_has_its_number_of_parameters() -> None:
    assert {name: count_parameters(config) for name, config in PRESETS.items()} == PARAMETERS


def test_gpt2_is_the_default_configuration() -> None:
    assert preset("gpt2") == GPTConfig()


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "gpt2"])
def test_presets_hold_the_19_tags_and_are_padded_for_matrix_units(name: str) -> None:
    config = preset(name)

    assert config.vocab_size == 50257 + 19
    assert config.padded_vocab_size == 50304


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"750m: no such model preset; did you mean `750M`\?") as caught:
        preset("750m")

    assert caught.value.hint == "presets: tiny, tiny-gpt2style, gpt2, 150M, 350M, 750M, 1.5B"
