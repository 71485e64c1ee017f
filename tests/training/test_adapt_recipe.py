"""An adaptation: replay in every stage, and a gate that can be judged."""

from typing import Any

import pytest

from mypt.config import validate
from mypt.errors import ConfigError
from mypt.training.adapt_recipe import AdaptRecipe

BASE = {
    "init_from": "parent", "dataset": "domain", "eval_sets": {"general": "general"}, "training": {"steps": 4},
}  # fmt: skip


def recipe(**values: Any) -> AdaptRecipe:
    return validate({**BASE, **values}, AdaptRecipe, "test")


def test_without_replay_only_the_domain_is_read() -> None:
    (stage,) = recipe().stages

    assert [(share.dataset, share.weight) for share in stage.shares] == [("domain", 1.0)]


def test_replay_takes_its_share_of_every_stage() -> None:
    phases = [
        {"name": "a", "mixture": [{"dataset": "x", "weight": 3}, {"dataset": "y"}], "until_iter": 2},
        {"name": "b", "dataset": "x"},
    ]
    made = recipe(dataset=None, curriculum={"phases": phases}, replay={"dataset": "old", "share": 0.2})

    shares = [{share.dataset: round(share.weight, 9) for share in stage.shares} for stage in made.stages]

    assert shares == [{"x": 0.6, "y": 0.2, "old": 0.2}, {"x": 0.8, "old": 0.2}]
    assert made.stages[0].until_iter == 2
    assert made.dataset_paths == ("x", "y", "old", "general")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"eval_sets": {}}, "forgetting.categories names 'general', which is not in eval_sets"),
        ({"model": {"preset": "tiny"}}, "model: no such setting"),
        ({"regularization": {"n_layer": 3}}, "n_layer: no such setting"),
        ({"replay": {"dataset": "old", "share": 1.0}}, "less than 1"),
        ({"freeze": {"blocks": -1}}, "greater than or equal to 0"),
    ],
)
def test_what_cannot_be_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        recipe(**values)
