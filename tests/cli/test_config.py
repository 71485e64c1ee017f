"""`mypt config`: check a recipe, show where values come from, describe the kinds."""

import json
from pathlib import Path

import pytest

from mypt.cli.config import RECIPES
from tests.cli.line import PRETRAIN, recipes, refused, run

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "configs").rglob("*.json"))


def write(path: Path, recipe: object) -> None:
    path.write_text(json.dumps(recipe), encoding="utf-8")


@pytest.mark.parametrize("recipe", [*recipes(), *SHIPPED])
def test_a_valid_recipe_is_called_valid_with_its_fingerprint(line: Path, recipe: str) -> None:
    outcome = run(line if recipe in recipes() else ROOT, "config", "check", recipe)

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith(f"{recipe}: a valid ")
    assert len(outcome.out.split("fingerprint ")[1].strip()) == 64


def test_the_fingerprint_changes_with_a_value_and_not_with_how_it_is_said(line: Path) -> None:
    def check(*tokens: str) -> str:
        return run(line, "config", "check", *PRETRAIN[1:], *tokens).out

    assert check("--set", "training.steps=12") == check()
    assert check("--set", "training.steps=13") != check()


def test_a_mistyped_key_is_refused_with_the_nearest_valid_one(line: Path) -> None:
    message = refused(run(line, "config", "check", PRETRAIN[1], "--set", "training.stepz=5"), 2)

    assert message.startswith(f"{PRETRAIN[1]} does not describe a valid PretrainRecipe:")
    assert "training.stepz: no such setting; did you mean `steps`?" in message
    assert "mypt config schema pretrain" in message


def test_every_problem_is_named_at_once(line: Path) -> None:
    tokens = ("--set", "training.steps=-1", "--set", "model.n_layer=many", "--set", "dataset=5")

    message = refused(run(line, "config", "check", PRETRAIN[1], *tokens), 2)

    assert all(key in message for key in ("training.steps: ", "model.n_layer: ", "dataset: "))


def test_an_unknown_preset_is_refused_with_those_there_are(line: Path) -> None:
    outcome = run(line, "config", "check", PRETRAIN[1], "--set", "model.preset=huge")

    assert "750M" in refused(outcome, 2)


def test_every_value_is_shown_with_where_it_came_from(line: Path) -> None:
    outcome = run(line, "config", "show", *PRETRAIN[1:], "--set", "training.steps=5")

    shown = {row.split(" = ")[0]: row.split("  # ")[1] for row in outcome.out.splitlines()}
    assert shown["training.steps"] == "--set training.steps"
    assert shown["training.batch_size"] == PRETRAIN[1]
    assert shown["training.beta1"] == "default"
    assert shown["model.norm_type"] == "preset tiny"
    assert outcome.out.splitlines()[0].startswith('dataset = "artifacts/tiny/dataset" ')


def test_a_value_of_a_parent_is_shown_with_the_parent(line: Path, tmp_path: Path) -> None:
    parent = line / PRETRAIN[1]
    write(tmp_path / "child.json", {"extends": str(parent), "training": {"steps": 20}})

    shown = run(line, "config", "show", str(tmp_path / "child.json")).out

    origins = {row.split(" = ")[0]: row.split("  # ")[1] for row in shown.splitlines()}
    assert origins["training.steps"] == str(tmp_path / "child.json")
    assert origins["training.seed"] == str(tmp_path / parent)


@pytest.mark.parametrize("kind", RECIPES)
def test_the_schema_of_every_kind_describes_every_setting(kind: str, tmp_path: Path) -> None:
    outcome = run(tmp_path, "config", "schema", kind)

    schema = json.loads(outcome.out)
    sections = [schema, *schema.get("$defs", {}).values()]
    settings = [field for section in sections for field in section["properties"].values()]
    assert schema["additionalProperties"] is False
    assert [field for field in settings if "description" not in field and "const" not in field] == []


def test_an_unknown_kind_is_refused_with_those_there_are(tmp_path: Path) -> None:
    write(tmp_path / "odd.json", {"kind": "sculpture"})

    for tokens in (("schema", "sculpture"), ("check", "odd.json"), ("show", "odd.json")):
        outcome = run(tmp_path, "config", *tokens)

        assert (outcome.code, outcome.out) == (2, "")
        assert "'sculpture' is no kind of recipe" in outcome.err
        assert "hint: the kinds are corpus, dataset, pretrain" in outcome.err


def test_a_recipe_without_a_kind_is_refused_with_what_to_add(tmp_path: Path) -> None:
    write(tmp_path / "odd.json", {"seed": 1})

    message = refused(run(tmp_path, "config", "check", "odd.json"), 2)

    assert message.startswith("odd.json: has no `kind`")
    assert 'add "kind": one of corpus, dataset, pretrain' in message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{'kind': 'corpus'}", "not valid JSON"),
        ("[1]", "expected an object at the top"),
        ("", "not valid JSON"),
    ],
)
def test_a_file_that_is_no_recipe_is_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "odd.json").write_text(content, encoding="utf-8")

    outcome = run(tmp_path, "config", "check", "odd.json")

    assert (outcome.code, outcome.out) == (2, "")
    assert f"error: odd.json: {message}" in outcome.err


def test_a_recipe_that_is_not_there_is_refused_with_an_example(tmp_path: Path) -> None:
    message = refused(run(tmp_path, "config", "show", "nowhere.json"), 2)

    assert message.startswith("nowhere.json: cannot be read: No such file or directory")
