"""A plan survives its way through JSON, and a recipe can carry it."""

from pathlib import Path

from mypt.dataset.plan import PLAN_NAME, DatasetPlan
from mypt.files import read_json
from tests.dataset.corpora import bilingual, dataset_of


def test_the_plan_of_a_dataset_can_be_read_back(tmp_path: Path) -> None:
    dataset = dataset_of(tmp_path, bilingual())

    plan = DatasetPlan.model_validate(read_json(dataset.path / PLAN_NAME))

    assert [rule.language for rule in plan.hold_outs] == ["de", "en"]
    assert [draw.source for draw in plan.draws] == ["de", "en"]
    assert {group.name: group.n_shards for group in plan.groups} == {"train": 1, "val-general": 1}
