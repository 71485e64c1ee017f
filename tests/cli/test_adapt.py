"""`mypt adapt`: from a parent, gated, with exit code 5 when it forgot."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.line import DATASET, MODEL, contents, refused, run

ADAPT = ("adapt", "configs/base/domain.json", "--out", "adapted")
RECIPE: dict[str, Any] = {
    "kind": "adapt",
    "init_from": MODEL,
    "dataset": DATASET,
    "eval_sets": {"general": DATASET},
    "training": {
        "steps": 4, "batch_size": 2, "learning_rate": 3e-4, "precision": "fp32", "validate_every": 2,
        "validation_windows": 64, "checkpoint_every": 2, "copy_sequences": 0,
    },
}  # fmt: skip


@pytest.fixture
def adapting_line(own_line: Path) -> Path:
    """Return a line whose base model is to be adapted."""
    (own_line / ADAPT[1]).write_text(json.dumps(RECIPE), encoding="utf-8")
    return own_line


def test_the_gold_model_is_printed_what_it_forgot_is_said_and_its_parent_is_as_it_was(
    adapting_line: Path,
) -> None:
    before = contents(adapting_line / MODEL)

    outcome = run(adapting_line, *ADAPT)

    assert (outcome.code, outcome.out) == (0, "adapted/gold\n"), outcome.err
    assert contents(adapting_line / MODEL) == before
    assert "general passed:" in outcome.err
    assert (adapting_line / "adapted" / "model" / "manifest.json").is_file()


def test_a_model_that_forgot_ends_with_5_also_when_it_is_found_again(adapting_line: Path) -> None:
    settings = ("forgetting.max_regression=0", "training.learning_rate=0.5")
    strict = (*ADAPT, "--force", *(token for setting in settings for token in ("--set", setting)))

    outcomes = [run(adapting_line, *strict) for _ in range(2)]

    for outcome in outcomes:
        assert outcome.code == 5, outcome.err
        assert outcome.out.startswith("adapted/")
        assert "forgot too much" in outcome.err
        assert "general failed:" in outcome.err or "general undecided:" in outcome.err


def test_a_learning_rate_that_is_not_safe_is_refused_before_anything_is_written(adapting_line: Path) -> None:
    message = refused(run(adapting_line, *ADAPT, "--set", "training.learning_rate=0.5"), 2)

    assert "0.5" in message
    assert not (adapting_line / "adapted").exists()


@pytest.mark.parametrize("option", ["--init-from-model", "--init_from_model"])
def test_the_parent_may_be_named_on_the_command_line(adapting_line: Path, option: str) -> None:
    assert "somewhere/else" in refused(run(adapting_line, *ADAPT, option, "somewhere/else"), 3)


def test_an_architecture_in_the_recipe_is_refused(adapting_line: Path) -> None:
    message = refused(run(adapting_line, *ADAPT, "--set", "model.n_layer=3"), 2)

    assert "model: no such setting" in message
