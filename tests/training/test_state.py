"""A checkpoint holds the whole state of a run, and belongs to one run."""

from pathlib import Path

import pytest
import torch

from mypt.config import Section
from mypt.errors import CheckpointError, ManifestMismatch
from mypt.training.recipe import TrainingConfig
from mypt.training.state import (
    Progress,
    checkpoint_path,
    newest_checkpoint,
    prune_checkpoints,
    restore_checkpoint,
    save_checkpoint,
)
from mypt.training.validation import ValidationReport
from tests.training.models import TINY, make_batch, make_stepper

TRAINING = TrainingConfig(steps=10, learning_rate=1e-2)


class Recipe(Section):
    name: str = "a"


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_a_restored_run_takes_the_same_next_step(tmp_path: Path, precision: str) -> None:
    straight = make_stepper(TRAINING, precision=precision)
    for step in range(3):
        straight.take(step, [make_batch(rows=2, seed=step)])
    progress = Progress(step=3, tokens=48, validations=[ValidationReport(0, 5.0, 2.5, 10, 20)])
    save_checkpoint(tmp_path / "step-3", straight, progress, Recipe(), [])

    resumed = make_stepper(TRAINING, precision=precision)
    restored = restore_checkpoint(tmp_path / "step-3", resumed)

    assert restored == progress
    for stepper in (straight, resumed):
        stepper.take(3, [make_batch(rows=2, seed=3)])
    expected = straight.model.state_dict()
    assert all(torch.equal(value, expected[name]) for name, value in resumed.model.state_dict().items())
    assert resumed.scaler.state_dict() == straight.scaler.state_dict()


def test_the_same_state_gives_the_same_bytes(tmp_path: Path) -> None:
    stepper = make_stepper(TRAINING)
    stepper.take(0, [make_batch(rows=2)])

    first = save_checkpoint(tmp_path / "a", stepper, Progress(step=1), Recipe(), [])
    second = save_checkpoint(tmp_path / "b", stepper, Progress(step=1), Recipe(), [])

    assert first.digest == second.digest


def test_the_newest_checkpoint_is_found_and_the_oldest_are_pruned(tmp_path: Path) -> None:
    stepper = make_stepper(TRAINING)
    for step in (2, 4, 10):
        save_checkpoint(checkpoint_path(tmp_path, step), stepper, Progress(step=step), Recipe(), [])

    prune_checkpoints(tmp_path, keep=2)

    assert newest_checkpoint(tmp_path, Recipe(), []) == checkpoint_path(tmp_path, 10)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-00000004", "step-00000010"]


def test_an_unfinished_checkpoint_is_not_seen(tmp_path: Path) -> None:
    (tmp_path / "step-00000002").mkdir()
    (tmp_path / "step-00000002" / "model.safetensors").write_bytes(b"half")

    assert newest_checkpoint(tmp_path, Recipe(), []) is None


def test_a_checkpoint_of_another_recipe_is_refused_with_a_hint(tmp_path: Path) -> None:
    save_checkpoint(checkpoint_path(tmp_path, 2), make_stepper(TRAINING), Progress(step=2), Recipe(), [])

    with pytest.raises(CheckpointError, match="another recipe") as caught:
        newest_checkpoint(tmp_path, Recipe(name="b"), [])
    assert "--replace" in caught.value.hint


def test_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    path = checkpoint_path(tmp_path, 2)
    save_checkpoint(path, make_stepper(TRAINING), Progress(step=2), Recipe(), [])
    (path / "optimizer.safetensors").write_bytes(b"short")

    with pytest.raises(ManifestMismatch, match=r"optimizer\.safetensors"):
        newest_checkpoint(tmp_path, Recipe(), [])


def test_a_checkpoint_of_another_architecture_is_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "step-2", make_stepper(TRAINING), Progress(step=2), Recipe(), [])
    wider = make_stepper(TRAINING, TINY.model_copy(update={"n_embd": 32}))

    with pytest.raises(CheckpointError, match="architecture"):
        restore_checkpoint(tmp_path / "step-2", wider)


def test_a_run_is_not_continued_in_another_precision(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "step-2", make_stepper(TRAINING), Progress(step=2), Recipe(), [])

    with pytest.raises(CheckpointError, match=r"began in torch\.float32 and would go on in torch\.bfloat16"):
        restore_checkpoint(tmp_path / "step-2", make_stepper(TRAINING, precision="bf16"))
