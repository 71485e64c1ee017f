"""One dataset, a mixture or a curriculum: said in one way, read as stages."""

from typing import Any

import pytest

from mypt.config import validate
from mypt.errors import ConfigError
from mypt.training.data_recipe import DataRecipe

MIXTURE = [{"dataset": "a", "weight": 3}, {"dataset": "b"}]
STAGES = [{"name": "circuit", "dataset": "a", "until_iter": 10}, {"name": "balanced", "mixture": MIXTURE}]


def recipe(**values: Any) -> DataRecipe:
    return validate(values, DataRecipe, "test")


def test_one_dataset_is_one_stage_with_one_share() -> None:
    (stage,) = recipe(dataset="a").stages

    assert [(share.dataset, share.weight) for share in stage.shares] == [("a", 1.0)]
    assert stage.until_iter is None


def test_a_curriculum_lists_its_datasets_once_and_the_eval_sets_behind() -> None:
    made = recipe(curriculum={"phases": STAGES}, eval_sets={"general": "c", "domain": "b"})

    assert [stage.name for stage in made.stages] == ["circuit", "balanced"]
    assert made.dataset_paths == ("a", "b", "c")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "exactly one of dataset, mixture and curriculum"),
        ({"dataset": "a", "mixture": MIXTURE}, "exactly one of"),
        ({"dataset": "a", "eval_sets": {"train": "b"}}, "'train' is measured anyway"),
        ({"curriculum": {"phases": STAGES[::-1]}}, "until_iter must rise"),
        ({"curriculum": {"phases": [{"name": "a", "dataset": "a"}, STAGES[1]]}}, "until_iter must rise"),
        ({"curriculum": {"phases": [STAGES[0]]}}, "until_iter must rise"),
        ({"curriculum": {"phases": [{"name": "x"}]}}, "needs either dataset or mixture"),
        ({"mixture": [{"dataset": "a", "weight": 0}]}, "greater than 0"),
    ],
)
def test_what_cannot_be_read_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        recipe(**values)
