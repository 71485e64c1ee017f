"""`mypt model`: sizes before anything is built."""

from pathlib import Path

import pytest

from mypt.model.presets import PRESETS
from tests.cli.line import DATASET, MODEL, PRETRAIN, refused, run

ROOT = Path(__file__).parents[2]


def rows(text: str) -> dict[str, str]:
    return {line[:16].strip(): line[17:] for line in text.splitlines()}


@pytest.mark.parametrize("model", ["750M", "configs/base/750M_unified_v1.json"])
def test_the_750m_architecture_has_698_860_800_parameters(model: str) -> None:
    outcome = run(ROOT, "model", "params", model)

    assert (outcome.code, outcome.err) == (0, "")
    assert rows(outcome.out)["parameters"] == "698,860,800"


def test_a_model_folder_says_what_it_really_holds(line: Path) -> None:
    trained = run(line, "model", "params", MODEL)

    parameters = int(rows(trained.out)["parameters"].replace(",", ""))
    weights = (line / MODEL / "model.safetensors").stat().st_size
    assert rows(trained.out)["shape"] == "2 layers x 32, 2 heads, block 32"
    assert 4 * parameters < weights < 4 * parameters + 4096


def test_a_recipe_is_counted_with_its_overrides(line: Path) -> None:
    outcome = run(line, "model", "params", PRETRAIN[1], "--set", "model.n_layer=3")

    assert rows(outcome.out)["shape"].startswith("3 layers x 32")


def test_a_larger_batch_needs_more_memory(line: Path) -> None:
    small, large = (run(line, "model", "params", "750M", "--batch-size", size).out for size in ("1", "12"))

    assert rows(large)["training, bf16"] != rows(small)["training, bf16"]
    assert rows(large)["parameters"] == rows(small)["parameters"]


def test_a_mistyped_preset_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    message = refused(run(tmp_path, "model", "params", "750Q"), 2)

    assert "did you mean `750M`?" in message


def test_a_folder_without_a_manifest_is_refused(line: Path) -> None:
    assert refused(run(line, "model", "params", "texts"), 3).startswith(
        "texts: this artifact has no manifest"
    )


def test_a_dataset_is_no_model(line: Path) -> None:
    outcome = run(line, "model", "params", DATASET)

    assert outcome.code == 2
    assert "config.json: cannot be read" in outcome.err


def test_every_preset_is_listed_with_its_size(tmp_path: Path) -> None:
    outcome = run(tmp_path, "model", "presets")

    listed = {line.split()[0]: line.split()[1] for line in outcome.out.splitlines()}
    assert list(listed) == list(PRESETS)
    assert listed["750M"] == "698,860,800"
