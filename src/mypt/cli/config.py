"""`mypt config`: check, show and describe recipes."""

import importlib
import json
from collections.abc import Mapping
from typing import Annotated, Any

from cyclopts import Parameter

from mypt.cli.arguments import Overrides, RecipePath
from mypt.config import Section, fingerprint, load, load_with_origins, read_merged
from mypt.errors import ConfigError
from mypt.training.adapt_recipe import AdaptRecipe, TextRecipe
from mypt.training.recipe import PretrainRecipe

RECIPES: Mapping[str, str] = {
    "corpus": "mypt.corpus.recipe:CorpusRecipe",
    "dataset": "mypt.dataset.recipe:DatasetRecipe",
    "pretrain": "mypt.training.recipe:PretrainRecipe",
    "adapt": "mypt.training.adapt_recipe:AdaptRecipe",
    "sft_phase": "mypt.sft.recipe:PhaseRecipe",
    "sft_mix": "mypt.sft.mix_recipe:MixRecipe",
    "sft": "mypt.training.sft_recipe:SftRecipe",
    "gate": "mypt.evaluation.gate:GateRecipe",
    "evaluation": "mypt.evaluation.run:EvaluationRecipe",
}
"""Kind → class, imported when it is asked for: some need torch, and a plan does not."""


def check(recipe: RecipePath, *, overrides: Overrides = ()) -> None:
    """Say whether a recipe is valid, and print its fingerprint."""
    schema_ = _schema_for(recipe, overrides)
    loaded = load_with_origins(recipe, schema_, overrides)
    print(f"{recipe}: a valid {schema_.__name__}, fingerprint {fingerprint(loaded.value)}")


def show(recipe: RecipePath, *, overrides: Overrides = ()) -> None:
    """Print every value of a recipe, defaults included, and where it came from."""
    loaded = load_with_origins(recipe, _schema_for(recipe, overrides), overrides)
    rows = list(_flattened(loaded.value.model_dump(mode="json")))
    preset = dict(rows).get("model.preset")
    settings = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in rows]
    width = max(len(setting) for setting in settings)
    for setting, (key, _) in zip(settings, rows, strict=True):
        unsaid = f"preset {preset}" if preset and key.startswith("model.") else "default"
        print(f"{setting:<{width}}  # {loaded.origins.get(key, unsaid)}")


def schema(
    kind: Annotated[str, Parameter(help="One of those that `kind` names in recipes, such as sft_phase.")],
) -> None:
    """Print the JSON Schema of a kind of recipe, for editors."""
    print(json.dumps(recipe_class(kind).model_json_schema(), indent=2, ensure_ascii=False))


def load_training_recipe(recipe: RecipePath, overrides: Overrides) -> TextRecipe:
    """Return a recipe that trains, of either kind; ConfigError for any other."""
    schema_ = _schema_for(recipe, overrides)
    if not issubclass(schema_, PretrainRecipe | AdaptRecipe):
        raise ConfigError(f"{recipe}: describes no training", hint="kinds that train: pretrain, adapt")
    return load(recipe, schema_, overrides)


def _schema_for(recipe: RecipePath, overrides: Overrides) -> type[Section]:
    """Find the schema by the recipe's own `kind`."""
    kind = read_merged(recipe, overrides).get("kind")
    if kind is None:
        raise ConfigError(
            f"{recipe}: has no `kind`, so it is not clear what it describes",
            hint=f'add "kind": one of {", ".join(RECIPES)}',
        )
    return recipe_class(str(kind))


def recipe_class(kind: str) -> type[Section]:
    """Return what describes a kind of recipe; ConfigError lists the kinds."""
    if kind not in RECIPES:
        raise ConfigError(f"{kind!r} is no kind of recipe", hint=f"the kinds are {', '.join(RECIPES)}")
    module, name = RECIPES[kind].split(":")
    found: type[Section] = getattr(importlib.import_module(module), name)
    return found


def _flattened(values: Any, prefix: str = "") -> list[tuple[str, Any]]:
    if not isinstance(values, dict):
        return [(prefix, values)]
    parts = [_flattened(value, f"{prefix}.{key}" if prefix else key) for key, value in values.items()]
    return [row for part in parts for row in part]
