"""What a finished run leaves: the last model and the GOLD one, with what they read and forgot."""

from pathlib import Path

import torch

from mypt.model.checkpoint import load_sealed_model
from mypt.provenance.artifact import open_artifact
from mypt.provenance.trace import trace_back
from mypt.training.adapt_recipe import AdaptRecipe, Forgetting, Freeze
from mypt.training.gold import GoldConfig
from mypt.training.recipe import PretrainRecipe
from mypt.training.run import train


def test_the_gold_model_stands_beside_the_last_one(recipe: PretrainRecipe, tmp_path: Path) -> None:
    last = train(recipe, tmp_path)

    assert last is not None
    gold = open_artifact(tmp_path / "gold", "model")
    assert gold.manifest.counts["gold"]["is_gold"] is True
    assert gold.manifest.counts["steps"] == gold.manifest.counts["gold"]["step"]
    assert gold.manifest.counts["log_head"] == last.manifest.counts["log_head"]


def test_a_model_says_what_it_read(recipe: PretrainRecipe, tmp_path: Path) -> None:
    last = train(recipe, tmp_path)

    assert last is not None
    (entry,) = last.manifest.counts["read"]
    assert entry["dataset"] == recipe.dataset
    assert entry["tokens"] == last.manifest.counts["tokens"] == 8 * 2 * 2 * 32


def test_an_adaptation_says_what_it_forgot_and_leads_back_to_its_parent(
    adapt_recipe: AdaptRecipe, tmp_path: Path
) -> None:
    model = train(adapt_recipe, tmp_path)

    assert model is not None
    (gate,) = model.manifest.counts["forgetting"].values()
    assert gate["category"] == "general"
    assert gate["outcome"] == "passed", gate["reason"]
    assert gate["interval"]["lower"] <= gate["interval"]["change"] <= gate["interval"]["upper"] <= 0.02
    kinds = [link.artifact.manifest.kind for link in trace_back(tmp_path / "model")]
    assert kinds == ["model", "dataset", "corpus", "model", "dataset", "corpus"]


def test_a_model_that_was_ruined_fails_the_gate(adapt_recipe: AdaptRecipe, tmp_path: Path) -> None:
    training = adapt_recipe.training.model_copy(update={"learning_rate": 0.3, "spike_sigmas": 0.0})
    ruined = adapt_recipe.model_copy(update={"training": training, "force_learning_rate": True})

    model = train(ruined, tmp_path)

    assert model is not None
    assert model.manifest.counts["forgetting"]["general"]["outcome"] == "failed"
    assert model.manifest.counts["forgetting"]["general"]["interval"]["change"] > 0.02


def test_the_first_validation_of_an_adaptation_measures_the_parent(
    adapt_recipe: AdaptRecipe, tmp_path: Path
) -> None:
    gated = adapt_recipe.model_copy(update={"forgetting": Forgetting(categories=("general", "domain"))})

    model = train(gated, tmp_path)

    assert model is not None
    first, *_, last = model.manifest.counts["validations"]
    assert first["step"] == 0
    for category, gate in model.manifest.counts["forgetting"].items():
        change = (
            last["categories"][category]["bits_per_byte"] / first["categories"][category]["bits_per_byte"]
        )
        assert abs(change - 1 - gate["interval"]["change"]) < 1e-6


def test_frozen_blocks_stay_the_parents_over_a_resume(
    adapt_recipe: AdaptRecipe, parent_folder: Path, tmp_path: Path
) -> None:
    frozen = adapt_recipe.model_copy(update={"freeze": Freeze(embeddings=True, blocks=1)})
    asked = iter([False, True])
    assert train(frozen, tmp_path, should_stop=lambda: next(asked)) is None

    train(frozen, tmp_path)

    before, after = (load_sealed_model(path).state_dict() for path in (parent_folder, tmp_path / "model"))
    kept = {name for name in before if torch.equal(before[name], after[name])}
    assert {"token_embedding.weight", *(name for name in before if name.startswith("blocks.0."))} == kept


def test_a_run_without_gold_leaves_none_of_the_run_that_it_replaces(
    recipe: PretrainRecipe, tmp_path: Path
) -> None:
    train(recipe, tmp_path)
    assert (tmp_path / "gold").is_dir()
    ruinous = {"learning_rate": 50.0, "spike_sigmas": 0.0, "validate_every": 8}
    training = recipe.training.model_copy(
        update={"seed": 7, "gold": GoldConfig(consecutive_rises=1), **ruinous}
    )

    train(recipe.model_copy(update={"training": training}), tmp_path, replace=True)

    assert open_artifact(tmp_path / "model", "model").manifest.recipe["training"]["seed"] == 7
    assert not (tmp_path / "gold").exists()
