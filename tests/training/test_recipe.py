"""Recipes of training runs: presets, and what is refused."""

import ast
from pathlib import Path
from typing import Any

import pytest

import mypt.training
from mypt.config import Section, validate
from mypt.errors import ConfigError
from mypt.training.adapt_recipe import AdaptRecipe, Forgetting, Freeze, RegularizationOverrides, Replay
from mypt.training.gold import GoldConfig
from mypt.training.recipe import ModelSection, PretrainRecipe, TrainingConfig
from mypt.training.run import train
from mypt.training.sft_recipe import SftRecipe

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


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"audit": True}, "shard=full excludes audit=true"),
        ({"optimizer": "muon"}, "shard=full excludes optimizer=muon"),
        ({"fp8": True}, "shard=full excludes fp8=true"),
        ({"compile": "full"}, "shard=full excludes compile=full"),
    ],
)
def test_what_sharding_excludes_is_refused_by_the_recipe(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        validate({**TRAINING, "shard": "full", **values}, TrainingConfig, "x.json")


SECTIONS = (
    TrainingConfig, PretrainRecipe, AdaptRecipe, Freeze, Replay, Forgetting, RegularizationOverrides,
    SftRecipe,
)  # fmt: skip
WHERE_THEY_ARE_CHECKED = {"recipe.py"}


def _attributes_read() -> set[str]:
    """Return every attribute that the training engine reads, outside of the recipes themselves."""
    folder = Path(mypt.training.__path__[0])
    sources = [path for path in folder.rglob("*.py") if path.name not in WHERE_THEY_ARE_CHECKED]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sources]
    return {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


@pytest.mark.parametrize("section", SECTIONS)
def test_no_setting_is_dropped_on_the_way(section: type[Section]) -> None:
    unread = section.model_fields.keys() - _attributes_read() - {"kind"}

    assert unread == set()


def _with_end(recipe: PretrainRecipe, **training: Any) -> PretrainRecipe:
    return recipe.model_copy(update={"training": recipe.training.model_copy(update=training)})


CHANGES: dict[str, Any] = {
    "steps": 9, "batch_size": 1, "grad_accum_steps": 4, "learning_rate": 1e-3, "min_lr_ratio": 0.5,
    "warmup_steps": 3, "weight_decay": 0.5, "beta1": 0.5, "beta2": 0.5, "grad_clip": 0.01,
    "precision": "bf16", "optimizer": "muon", "isolate_documents": False, "seed": 6,
}  # fmt: skip
SAME_WEIGHTS: dict[str, Any] = {
    "activation_checkpointing": "full",
    "audit": True, "on_bad_step": "rollback", "spike_sigmas": 3.0,
    "max_bad_steps": 3, "validate_every": 8, "validation_windows": 2, "checkpoint_every": 8,
    "keep_checkpoints": 1, "copy_sequences": 0, "gold": GoldConfig(),
}  # fmt: skip


ELSEWHERE = {"attention", "compile", "device", "fp8", "shard"}
"""Kernels, machines and processes: they agree up to rounding, which tests of their own say."""


@pytest.mark.slow
def test_settings_that_decide_about_weights_do_and_others_do_not(
    recipe: PretrainRecipe, tmp_path: Path
) -> None:
    assert CHANGES.keys() | SAME_WEIGHTS.keys() | ELSEWHERE == TrainingConfig.model_fields.keys()

    def weights(name: str, **training: Any) -> bytes:
        train(_with_end(recipe, **training), tmp_path / name)
        return (tmp_path / name / "model" / "model.safetensors").read_bytes()

    before = weights("before")
    all_others = weights("all others", **SAME_WEIGHTS)
    other = {name for name, value in CHANGES.items() if weights(f"b-{name}", **{name: value}) != before}

    assert all_others == before
    assert other == CHANGES.keys()
