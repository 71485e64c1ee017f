"""From recipe to model: found, begun, killed, continued, refused."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mypt.errors import CheckpointError, InputError, ManifestMismatch
from mypt.provenance.artifact import open_artifact
from mypt.training.recipe import PretrainRecipe
from mypt.training.run import train
from tests.training.models import Diary

WEIGHTS = "model/model.safetensors"


def changed(recipe: PretrainRecipe, **training: object) -> PretrainRecipe:
    return recipe.model_copy(update={"training": recipe.training.model_copy(update=training)})


def test_the_model_is_sealed_with_what_made_it(recipe: PretrainRecipe, tmp_path: Path) -> None:
    model = train(recipe, tmp_path / "run")

    assert model is not None
    dataset = open_artifact(Path(recipe.dataset_paths[0]), "dataset")
    assert model.manifest.inputs[0].digest == dataset.digest
    assert model.manifest.licences == {"CC0-1.0": 24}
    steps = [report["step"] for report in model.manifest.counts["validations"]]
    assert steps == [0, 4, 8]
    assert set(model.manifest.counts["validations"][0]["categories"]) == {"held_out", "train", "copy"}
    assert set(model.manifest.files) == {"config.json", "model.safetensors", "tokenizer.json"}


def test_the_same_recipe_gives_the_same_model_to_the_byte(recipe: PretrainRecipe, tmp_path: Path) -> None:
    first, second = (train(recipe, tmp_path / name) for name in ("a", "b"))

    assert first is not None
    assert second is not None
    assert first.digest == second.digest


def test_a_finished_model_is_found_and_not_trained_again(recipe: PretrainRecipe, tmp_path: Path) -> None:
    train(recipe, tmp_path / "run")
    written = (tmp_path / "run" / WEIGHTS).stat().st_mtime_ns

    train(recipe, tmp_path / "run")

    assert (tmp_path / "run" / WEIGHTS).stat().st_mtime_ns == written


def test_a_stopped_run_goes_on_to_the_same_bytes(recipe: PretrainRecipe, tmp_path: Path) -> None:
    straight = train(recipe, tmp_path / "straight")
    asked = iter([False, False, True])

    assert train(recipe, tmp_path / "stopped", should_stop=lambda: next(asked)) is None
    resumed = train(recipe, tmp_path / "stopped")

    assert straight is not None
    assert resumed is not None
    assert resumed.digest == straight.digest


def test_another_recipe_is_refused_until_it_may_replace(recipe: PretrainRecipe, tmp_path: Path) -> None:
    train(recipe, tmp_path / "run")

    with pytest.raises(InputError, match="another recipe"):
        train(changed(recipe, seed=6), tmp_path / "run")
    replaced = train(changed(recipe, seed=6), tmp_path / "run", replace=True)

    assert replaced is not None
    assert replaced.manifest.recipe["training"]["seed"] == 6


def test_a_replacement_that_is_stopped_goes_on_and_keeps_the_old_model_until_it_is_done(
    recipe: PretrainRecipe, tmp_path: Path
) -> None:
    old = train(recipe, tmp_path / "run")
    other = changed(recipe, seed=6)
    straight = train(other, tmp_path / "straight")
    asked = iter([False, False, False, True])

    train(other, tmp_path / "run", should_stop=lambda: next(asked), replace=True)

    assert open_artifact(tmp_path / "run" / "model", "model") == old
    diary = Diary()
    replaced = train(other, tmp_path / "run", [diary], replace=True)
    assert replaced is not None
    assert straight is not None
    assert replaced.digest == straight.digest
    assert diary.lines[0] == "start 4/8"


def test_checkpoints_of_another_recipe_are_not_continued(recipe: PretrainRecipe, tmp_path: Path) -> None:
    asked = iter([True])
    train(recipe, tmp_path / "run", should_stop=lambda: next(asked))

    with pytest.raises(CheckpointError, match="another recipe"):
        train(changed(recipe, learning_rate=1e-4), tmp_path / "run")


def test_a_missing_dataset_is_refused_before_anything_is_written(
    recipe: PretrainRecipe, tmp_path: Path
) -> None:
    gone = recipe.model_copy(update={"dataset": str(tmp_path / "gone")})

    with pytest.raises(ManifestMismatch, match="does not exist"):
        train(gone, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_dataset_shorter_than_a_window_is_refused(recipe: PretrainRecipe, tmp_path: Path) -> None:
    model = recipe.model.model_copy(update={"block_size": 100_000})

    with pytest.raises(InputError, match="too few for one window") as caught:
        train(recipe.model_copy(update={"model": model}), tmp_path / "run")
    assert "block_size" in caught.value.hint


LONG = {"steps": 200, "checkpoint_every": 50, "validate_every": 100}
TRAIN_IN_A_PROCESS = """
import json, sys
import torch
from pathlib import Path
from mypt.training.recipe import PretrainRecipe
from mypt.training.run import train
from tests.training.models import Diary
torch.set_num_threads(1)
train(PretrainRecipe.model_validate(json.loads(Path(sys.argv[1]).read_text())), Path(sys.argv[2]))
"""


def start(recipe: PretrainRecipe, folder: Path, out: Path) -> subprocess.Popen[bytes]:
    path = folder / f"{out.name}.json"
    path.write_text(recipe.model_dump_json(exclude={"kind"}))
    return subprocess.Popen([sys.executable, "-c", TRAIN_IN_A_PROCESS, str(path), str(out)])


def wait_for_step(metrics: Path, step: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        if metrics.exists() and any(_step(line) >= step for line in metrics.read_bytes().splitlines()):
            return
        time.sleep(0.005)
    raise AssertionError("the run ended before it could be killed")


def _step(line: bytes) -> int:
    try:
        return int(json.loads(line)["step"])
    except ValueError:
        return -1


@pytest.mark.slow
def test_200_steps_equal_100_then_sigkill_then_100(recipe: PretrainRecipe, tmp_path: Path) -> None:
    long = changed(recipe, **LONG)
    straight = start(long, tmp_path, tmp_path / "straight")
    killed = start(long, tmp_path, tmp_path / "killed")
    wait_for_step(tmp_path / "killed" / "metrics.jsonl", 100, killed)
    os.kill(killed.pid, signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    assert not (tmp_path / "killed" / "model").exists()

    assert start(long, tmp_path, tmp_path / "killed").wait() == 0

    assert straight.wait() == 0
    one, other = ((tmp_path / name / WEIGHTS).read_bytes() for name in ("straight", "killed"))
    assert one == other
    manifests = [
        (tmp_path / name / "model" / "manifest.json").read_bytes() for name in ("straight", "killed")
    ]
    assert manifests[0] == manifests[1]
    steps = [_step(line) for line in (tmp_path / "killed" / "metrics.jsonl").read_bytes().splitlines()]
    assert [step for step in steps if step not in (0, 100, 200)] == [
        step for step in range(1, 201) if step not in (100, 200)
    ]
