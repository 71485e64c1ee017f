"""A dataset recipe says little, and nothing that cannot be."""

from typing import Any

import pytest

from mypt.config import validate
from mypt.dataset.recipe import DatasetRecipe
from mypt.errors import ConfigError


def test_a_corpus_is_all_that_must_be_named() -> None:
    recipe = validate({"corpus": "artifacts/mine/corpus"}, DatasetRecipe, "test")

    assert (recipe.kind, recipe.tokenizer, recipe.seed) == ("dataset", "gpt2_bpe", 0)
    assert 0 < recipe.val_fraction < 0.5


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"tokenizer": "gpt2"}, "Input should be 'gpt2_bpe' or 'character', got 'gpt2'"),
        ({"val_fraction": 0}, "greater than 0, got 0"),
        ({"val_fraction": 0.5}, r"less than 0\.5, got 0\.5"),
        ({"shard_tokens": 1023}, "greater than or equal to 1024, got 1023"),
        ({"seed": -1}, "greater than or equal to 0, got -1"),
        ({"kind": "corpus"}, "Input should be 'dataset', got 'corpus'"),
        ({"val_fracton": 0.1}, "did you mean `val_fraction`"),
        ({"corpus": None}, "corpus: Input should be a valid string"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_key(setting: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        validate({"corpus": "c", **setting}, DatasetRecipe, "test")

    assert next(iter(setting)) in caught.value.message
    assert caught.value.hint == "mypt config schema dataset lists every setting"


def test_without_a_corpus_there_is_no_dataset() -> None:
    with pytest.raises(ConfigError, match="corpus: this setting is required"):
        validate({}, DatasetRecipe, "test")
