"""Tokens and epochs of each source, stage by stage."""

import json
from pathlib import Path

import pytest

from mypt.errors import ManifestMismatch
from mypt.model.presets import preset
from mypt.training.adapt_recipe import AdaptRecipe
from mypt.training.plan_data import (
    DatasetCounts,
    epochs_by_dataset,
    read_architecture,
    read_counts,
    source_uses,
    stage_steps,
)
from mypt.training.recipe import ModelSection, PretrainRecipe, TrainingConfig

TRAINING = TrainingConfig(steps=100, batch_size=2)
MODEL = ModelSection(preset="tiny")
CURRICULUM = {
    "phases": [
        {"name": "broad", "until_iter": 60, "mixture": [
            {"dataset": "web", "weight": 3.0}, {"dataset": "law", "weight": 1.0},
        ]},
        {"name": "fine", "dataset": "law"},
    ],
}  # fmt: skip
COUNTS = {"web": DatasetCounts(9000, 300), "law": DatasetCounts(500, 300)}


def recipe(**data: object) -> PretrainRecipe:
    return PretrainRecipe.model_validate({"model": MODEL, "training": TRAINING, **data})


def write_manifest(folder: Path, counts: dict[str, object]) -> Path:
    folder.mkdir()
    manifest = {"kind": "dataset", "recipe": {}, "fingerprint": "f", "files": {}, "counts": counts}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def test_each_stage_reads_its_steps_by_the_weights_of_its_mixture() -> None:
    uses = source_uses(recipe(curriculum=CURRICULUM), COUNTS, 100, 50)

    assert [(use.stage, use.dataset, use.tokens) for use in uses] == [
        ("broad", "web", 60 * 50 * 3 // 4),
        ("broad", "law", 60 * 50 // 4),
        ("fine", "law", 40 * 50),
    ]
    assert [use.epochs for use in uses] == [0.25, 1.5, 4.0]


def test_the_epochs_of_a_dataset_add_up_over_stages() -> None:
    uses = source_uses(recipe(curriculum=CURRICULUM), COUNTS, 100, 50)

    assert epochs_by_dataset(uses) == {"web": 0.25, "law": 5.5}


def test_a_dataset_that_does_not_exist_leaves_its_epochs_unknown() -> None:
    (use,) = source_uses(recipe(dataset="nowhere"), {}, 100, 50)

    assert (use.tokens, use.available, use.epochs) == (5000, None, None)
    assert epochs_by_dataset((use,)) == {}


def test_a_stage_behind_the_end_of_the_run_has_no_steps() -> None:
    steps = [(stage.name, n_steps) for stage, n_steps in stage_steps(recipe(curriculum=CURRICULUM), 50)]

    assert steps == [("broad", 50), ("fine", 0)]


def test_counts_come_from_the_manifests_that_are_there(tmp_path: Path) -> None:
    there = write_manifest(tmp_path / "there", {"base_vocab_size": 81, "tokens": {"train": 1234, "val": 5}})

    counts = read_counts(recipe(mixture=[{"dataset": str(there)}, {"dataset": str(tmp_path / "missing")}]))

    assert counts == {str(there): DatasetCounts(train_tokens=1234, vocab_size=100)}


def test_a_damaged_dataset_is_no_unknown_one(tmp_path: Path) -> None:
    (tmp_path / "torn").mkdir()

    with pytest.raises(ManifestMismatch):
        read_counts(recipe(dataset=str(tmp_path / "torn")))


def test_the_dataset_decides_the_vocabulary_and_without_it_the_preset() -> None:
    pretrain = recipe(dataset="law")

    assert read_architecture(pretrain, COUNTS) == preset("tiny").model_copy(update={"vocab_size": 300})
    assert read_architecture(pretrain, {}) == preset("tiny")


def test_an_adaptation_has_the_architecture_of_its_parent(tmp_path: Path) -> None:
    parent = write_manifest(tmp_path / "parent", {})
    (parent / "config.json").write_text(preset("350M").model_dump_json(), encoding="utf-8")
    adapt = AdaptRecipe.model_validate(
        {"dataset": "law", "init_from": str(parent), "eval_sets": {"general": "web"}, "training": TRAINING}
    )

    assert read_architecture(adapt, COUNTS) == preset("350M")
