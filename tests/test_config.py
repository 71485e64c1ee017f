"""Configuration is layered, checked and explained before anything starts."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, ValidationError, model_validator

from mypt.config import (
    Section,
    fingerprint,
    load,
    load_with_origins,
    read_merged,
    read_values,
    validate,
)
from mypt.errors import ConfigError


class Inner(Section):
    """A group of settings."""

    learning_rate: float = 0.1
    steps: int = Field(default=10, gt=0)


class Warm(Section):
    """One of two ways to start."""

    kind: Literal["warm"]
    checkpoint: str


class Cold(Section):
    """The other way to start."""

    kind: Literal["cold"]
    std: float = 0.02


class Recipe(Section):
    """Everything that a configuration can hold."""

    kind: Literal["trial"] = "trial"
    name: str
    """What it is called."""
    seed: int = 1
    inner: Inner = Inner()
    maybe: Inner | None = None
    parts: tuple[Inner, ...] = ()
    named: dict[str, Inner] = Field(default_factory=dict)
    start: Annotated[Warm | Cold, Field(discriminator="kind")] = Cold(kind="cold")
    starts: tuple[Annotated[Warm | Cold, Field(discriminator="kind")], ...] = ()
    tags: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _seed_fits_the_name(self) -> "Recipe":
        if self.name == "unlucky" and self.seed == 13:
            raise ValueError("name='unlucky' does not go with seed=13")
        return self


def write(path: Path, values: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values), encoding="utf-8")
    return path


def problem(values: dict[str, Any]) -> str:
    with pytest.raises(ConfigError) as caught:
        validate({"name": "x", **values}, Recipe, "r.json")
    return caught.value.message


def test_a_file_sets_values_and_the_rest_are_defaults(tmp_path: Path) -> None:
    recipe = load(write(tmp_path / "r.json", {"name": "x", "inner": {"steps": 5}}), Recipe)

    assert recipe == Recipe(name="x", inner=Inner(steps=5, learning_rate=0.1))


def test_a_section_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Recipe(name="x").seed = 2


def test_settings_carry_their_documentation() -> None:
    assert Recipe.model_fields["name"].description == "What it is called."


def test_toml_is_read_by_its_suffix(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text('name = "ü" # why\ntags = ["a"]\n[inner]\nsteps = 5\n', encoding="utf-8")

    assert load(path, Recipe) == Recipe(name="ü", tags=("a",), inner=Inner(steps=5))


def test_toml_and_json_may_extend_each_other(tmp_path: Path) -> None:
    write(tmp_path / "base.json", {"name": "base", "seed": 2})
    (tmp_path / "r.toml").write_text('extends = "base.json"\nseed = 3\n', encoding="utf-8")

    assert load(tmp_path / "r.toml", Recipe) == Recipe(name="base", seed=3)


def test_a_file_goes_before_its_parent_and_an_override_before_both(tmp_path: Path) -> None:
    write(tmp_path / "a" / "grand.json", {"name": "g", "seed": 1, "inner": {"steps": 1, "learning_rate": 1}})
    write(tmp_path / "a" / "parent.json", {"extends": "grand.json", "name": "p", "inner": {"steps": 2}})
    path = write(tmp_path / "r.json", {"extends": "a/parent.json", "name": "r"})

    recipe = load(path, Recipe, ["inner.steps=4", "inner.steps=5"])

    assert recipe == Recipe(name="r", seed=1, inner=Inner(steps=5, learning_rate=1))


def test_lists_are_replaced_and_not_joined(tmp_path: Path) -> None:
    write(tmp_path / "base.json", {"name": "b", "tags": ["a", "b"], "parts": [{"steps": 1}, {"steps": 2}]})
    path = write(tmp_path / "r.json", {"extends": "base.json", "tags": ["c"], "parts": [{}]})

    recipe = load(path, Recipe)

    assert (recipe.tags, recipe.parts) == (("c",), (Inner(),))


def test_parents_are_not_changed_by_their_children(tmp_path: Path) -> None:
    base = write(tmp_path / "base.json", {"name": "b", "inner": {"steps": 1}})
    path = write(tmp_path / "r.json", {"extends": "base.json"})

    load(path, Recipe, ["inner.steps=2"])

    assert load(base, Recipe).inner.steps == 1


@pytest.mark.parametrize(
    ("override", "field", "value"),
    [
        ("seed=7", "seed", 7),
        ("name=7 lives", "name", "7 lives"),
        ('name="7"', "name", "7"),
        ("name=", "name", ""),
        ("name=a=b", "name", "a=b"),
        ("name=ü", "name", "ü"),
        ('tags=["a","b"]', "tags", ("a", "b")),
        ('maybe={"steps":3}', "maybe", Inner(steps=3)),
        ("maybe.steps=3", "maybe", Inner(steps=3)),
        ("maybe=null", "maybe", None),
        ("inner.learning_rate=1e-3", "inner", Inner(learning_rate=0.001)),
    ],
)
def test_an_override_is_a_json_value_or_else_text(
    tmp_path: Path, override: str, field: str, value: object
) -> None:
    path = write(tmp_path / "r.json", {"name": "x"})

    assert getattr(load(path, Recipe, [override]), field) == value


@pytest.mark.parametrize("override", ["seed", "", "=7", "seed:7"])
def test_an_override_without_key_and_value_is_refused(tmp_path: Path, override: str) -> None:
    path = write(tmp_path / "r.json", {"name": "x"})

    with pytest.raises(ConfigError, match="expected key=value"):
        load(path, Recipe, [override])


def test_an_unknown_override_is_refused_like_an_unknown_key(tmp_path: Path) -> None:
    path = write(tmp_path / "r.json", {"name": "x"})

    with pytest.raises(ConfigError, match=r"inner\.step: no such setting; did you mean `steps`\?"):
        load(path, Recipe, ["inner.step=3"])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"sed": 1}, "sed: no such setting; did you mean `seed`?"),
        ({"inner": {"stepz": 1}}, "inner.stepz: no such setting; did you mean `steps`?"),
        (
            {"maybe": {"learning_rat": 1}},
            "maybe.learning_rat: no such setting; did you mean `learning_rate`?",
        ),
        ({"parts": [{}, {"stebs": 1}]}, "parts.1.stebs: no such setting; did you mean `steps`?"),
        ({"named": {"a": {"stebs": 1}}}, "named.a.stebs: no such setting; did you mean `steps`?"),
        ({"start": {"kind": "cold", "sdt": 1}}, "start.cold.sdt: no such setting; did you mean `std`?"),
        (
            {"starts": [{"kind": "warm", "checkpoint": "a", "chekpoint": "b"}]},
            "starts.0.warm.chekpoint: no such setting; did you mean `checkpoint`?",
        ),
        ({"inner": {"zzz": 1}}, "inner.zzz: no such setting; valid here: learning_rate, steps"),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_one(values: dict[str, Any], message: str) -> None:
    assert problem(values) == f"r.json does not describe a valid Recipe:\n  {message}"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"seed": "many"}, "seed: Input should be a valid integer"),
        ({"seed": 1.5}, "seed: Input should be a valid integer"),
        ({"inner": {"steps": 0}}, "inner.steps: Input should be greater than 0, got 0"),
        ({"inner": {"learning_rate": float("nan")}}, "inner.learning_rate: Input should be a finite number"),
        ({"parts": {"0": {}}}, "parts: Input should be a valid tuple"),
        ({"start": {"kind": "warm"}}, "start.warm.checkpoint: this setting is required"),
        ({"kind": "other"}, "kind: Input should be 'trial', got 'other'"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected(values: dict[str, Any], message: str) -> None:
    assert message in problem(values)


def test_a_missing_setting_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="name: this setting is required"):
        load(write(tmp_path / "r.json", {}), Recipe)


def test_settings_that_do_not_go_together_are_explained_in_their_own_words() -> None:
    message = problem({"name": "unlucky", "seed": 13})

    assert message.splitlines()[1:] == ["  name='unlucky' does not go with seed=13"]


def test_every_problem_is_listed_at_once() -> None:
    assert len(problem({"sed": 1, "seed": "x", "inner": {"steps": -1}}).splitlines()) == 4


def test_a_long_wrong_value_is_cut_short() -> None:
    assert len(problem({"seed": "9" * 10_000}).splitlines()[1]) < 300


def test_an_error_says_where_all_settings_are_listed() -> None:
    with pytest.raises(ConfigError) as caught:
        validate({}, Recipe, "r.json")

    assert caught.value.hint == "mypt config schema trial lists every setting"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("r.json", b'{"a": }', r"r\.json: not valid JSON: .*line 1"),
        ("r.yaml", b"a: 1", r"r\.yaml: not valid JSON"),
        ("r.toml", b"a = ", r"r\.toml: not valid TOML"),
        ("r.json", b"[1]", r"r\.json: expected an object at the top, got list"),
        ("r.json", b"\xff", r"r\.json: not UTF-8"),
        ("r.json", b"[" * 100_000, r"r\.json: not valid JSON"),
        ("r.json", b"", r"r\.json: not valid JSON"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(ConfigError, match=message):
        load(tmp_path / name, Recipe)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"r\.json: cannot be read: No such file"):
        load(tmp_path / "r.json", Recipe)


def test_a_missing_parent_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "r.json", {"extends": "base.json"})

    with pytest.raises(ConfigError, match=r"base\.json: cannot be read"):
        load(path, Recipe)


@pytest.mark.parametrize("parent", [3, ["base.json"], {"path": "base.json"}])
def test_a_parent_that_is_no_path_is_refused(tmp_path: Path, parent: object) -> None:
    path = write(tmp_path / "r.json", {"extends": parent})

    with pytest.raises(ConfigError, match="`extends` must be a path"):
        load(path, Recipe)


def test_a_file_that_extends_itself_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "r.json", {"extends": "r.json", "name": "x"})

    with pytest.raises(ConfigError, match="does one extend itself"):
        load(path, Recipe)


def test_files_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.json", {"extends": "b.json"})
    write(tmp_path / "b.json", {"extends": "a.json"})

    with pytest.raises(ConfigError, match="does one extend itself"):
        load(tmp_path / "a.json", Recipe)


def test_eight_files_in_a_line_are_allowed(tmp_path: Path) -> None:
    write(tmp_path / "0.json", {"name": "x"})
    for number in range(1, 8):
        write(tmp_path / f"{number}.json", {"extends": f"{number - 1}.json"})

    assert load(tmp_path / "7.json", Recipe).name == "x"


def test_each_value_knows_where_it_came_from(tmp_path: Path) -> None:
    base = write(tmp_path / "base.json", {"name": "b", "seed": 2, "inner": {"steps": 2, "learning_rate": 2}})
    path = write(tmp_path / "r.json", {"extends": "base.json", "inner": {"steps": 3}})

    loaded = load_with_origins(path, Recipe, ["seed=3"])

    assert loaded.origins == {
        "name": str(base),
        "seed": "--set seed",
        "inner.steps": str(path),
        "inner.learning_rate": str(base),
    }


def test_a_value_that_was_replaced_whole_leaves_no_origin_behind(tmp_path: Path) -> None:
    write(tmp_path / "base.json", {"name": "b", "maybe": {"steps": 2}})
    path = write(tmp_path / "r.json", {"extends": "base.json", "maybe": None})

    assert load_with_origins(path, Recipe).origins["maybe"] == str(path)
    assert "maybe.steps" not in load_with_origins(path, Recipe).origins


def test_values_can_be_read_before_their_schema_is_known(tmp_path: Path) -> None:
    write(tmp_path / "base.json", {"kind": "trial", "seed": 1})
    path = write(tmp_path / "r.json", {"extends": "base.json", "surprise": 2})

    assert read_merged(path, ["seed=2"]) == {"kind": "trial", "seed": 2, "surprise": 2}
    assert read_values(path) == {"extends": "base.json", "surprise": 2}


def test_a_fingerprint_does_not_depend_on_how_the_same_was_said(tmp_path: Path) -> None:
    short = load(write(tmp_path / "a.json", {"name": "x"}), Recipe)
    long = load(write(tmp_path / "b.json", {"seed": 1, "inner": {"steps": 10}, "name": "x"}), Recipe)

    assert fingerprint(short) == fingerprint(long) == fingerprint(short.model_dump(mode="json"))
    assert len(fingerprint(short)) == 64


def test_another_value_gives_another_fingerprint() -> None:
    assert fingerprint(Recipe(name="x")) != fingerprint(Recipe(name="x", seed=2))


def test_a_resolved_recipe_can_be_loaded_again(tmp_path: Path) -> None:
    recipe = Recipe(name="x", parts=(Inner(steps=2),), start=Warm(kind="warm", checkpoint="m"))

    again = load(write(tmp_path / "r.json", recipe.model_dump(mode="json")), Recipe)

    assert again == recipe
