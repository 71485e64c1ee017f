"""Recipes of training runs: presets, and what is refused."""

import pytest

from mypt.config import validate
from mypt.errors import ConfigError
from mypt.training.recipe import ModelSection, PretrainRecipe

TRAINING = {"steps": 10}


def test_a_preset_is_written_out_and_may_be_changed() -> None:
    section = validate({"preset": "750M", "dropout": 0.2}, ModelSection, "x.json")

    assert (section.n_layer, section.n_embd, section.dropout) == (32, 1280, 0.2)


def test_an_unknown_preset_names_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"preset='759M' is not one of .*750M"):
        validate({"preset": "759M"}, ModelSection, "x.json")


def test_the_vocabulary_comes_from_the_tokenizer() -> None:
    section = ModelSection.model_validate({"preset": "tiny"})

    assert section.with_vocabulary(300).vocab_size == 300
    assert section.with_vocabulary(300).n_layer == section.n_layer


def test_a_wrong_key_of_the_model_names_the_nearest() -> None:
    values = {"dataset": "d", "model": {"preset": "tiny", "norm_typ": "rmsnorm"}, "training": TRAINING}

    with pytest.raises(ConfigError, match=r"model\.norm_typ: no such setting; did you mean `norm_type`\?"):
        validate(values, PretrainRecipe, "x.json")


def test_a_warm_up_as_long_as_the_run_is_refused() -> None:
    values = {"dataset": "d", "model": {}, "training": {"steps": 10, "warmup_steps": 10}}

    with pytest.raises(ConfigError, match="warmup_steps=10 leaves no step of steps=10"):
        validate(values, PretrainRecipe, "x.json")
