"""Checkpoints are written beside training, sealed, found, and kept as long as they are needed."""

import errno
import logging
import threading
from pathlib import Path
from typing import Any

import pytest
import torch

import mypt.training.checkpointer as module
from mypt.config import Section
from mypt.errors import CheckpointError, StorageFull
from mypt.model.checkpoint import load_sealed_model
from mypt.provenance.artifact import open_artifact
from mypt.training import state
from mypt.training.checkpointer import (
    Checkpointer,
    checkpoint_path,
    drop_unfinished,
    newest_checkpoint,
    prune_checkpoints,
    sealed_checkpoints,
)
from mypt.training.recipe import TrainingConfig
from mypt.training.state import Progress, restore
from mypt.training.step import Stepper
from tests.training.models import make_batch, make_stepper, on_cpu, only_world

TRAINING = TrainingConfig(steps=10, learning_rate=1e-2)


class Recipe(Section):
    name: str = "a"


def stepper_after(steps: int) -> Stepper:
    stepper = make_stepper(TRAINING)
    for step in range(steps):
        stepper.take(step, on_cpu(make_batch(rows=2, seed=step)))
    return stepper


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run with checkpoints after steps 1, 2 and 3."""
    checkpointer = Checkpointer(tmp_path, Recipe(), [], only_world(), keep=9)
    stepper = make_stepper(TRAINING)
    for step in (1, 2, 3):
        stepper.take(step, on_cpu(make_batch(rows=2, seed=step)))
        checkpointer.save(stepper, Progress(step=step, metrics_head=f"head {step}"))
    checkpointer.wait()
    checkpointer.close()
    return tmp_path


def steps_in(folder: Path) -> list[int]:
    return [int(path.name.removeprefix("step-")) for path in sealed_checkpoints(folder)]


def test_a_checkpoint_is_a_sealed_folder_that_holds_a_model(folder: Path) -> None:
    path = newest_checkpoint(folder, Recipe(), [])

    assert path == checkpoint_path(folder, 3)
    manifest = open_artifact(path, "checkpoint").manifest
    assert (manifest.counts["step"], manifest.counts["log_head"]) == (3, "head 3")
    assert not any(name.endswith((".pt", ".metadata", ".distcp")) for name in manifest.files), "no pickle"
    resumed = make_stepper(TRAINING)
    restore(path, resumed)
    for name, weight in load_sealed_model(path).state_dict().items():
        assert torch.equal(weight, resumed.model.state_dict()[name])


def test_training_goes_on_while_a_checkpoint_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_write = threading.Event()
    write = state.write_tensors

    def slowly(*arguments: Any) -> None:
        assert may_write.wait(30)
        write(*arguments)

    monkeypatch.setattr(module, "write_tensors", slowly)
    checkpointer = Checkpointer(tmp_path, Recipe(), [], only_world(), keep=9)
    stepper = stepper_after(1)
    then = {name: weight.clone() for name, weight in stepper.model.state_dict().items()}

    checkpointer.save(stepper, Progress(step=1))
    stepper.take(1, on_cpu(make_batch(rows=2, seed=1)))
    assert sealed_checkpoints(tmp_path) == []
    may_write.set()
    checkpointer.wait()
    checkpointer.close()

    saved = load_sealed_model(checkpoint_path(tmp_path, 1)).state_dict()
    assert all(torch.equal(weight, then[name]) for name, weight in saved.items())


def test_what_goes_wrong_while_writing_is_raised_by_the_next_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "write_tensors", full)
    checkpointer = Checkpointer(tmp_path, Recipe(), [], only_world(), keep=9)

    checkpointer.save(stepper_after(1), Progress(step=1))

    with pytest.raises(StorageFull, match="no room left"):
        checkpointer.wait()
    checkpointer.close()
    assert list(tmp_path.iterdir()) == []


def test_the_oldest_are_pruned_but_never_the_gold_one(folder: Path) -> None:
    prune_checkpoints(folder, keep=1, gold_step=1)

    assert steps_in(folder) == [1, 3]


def test_a_torn_checkpoint_is_passed_over_with_a_warning(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = next((checkpoint_path(folder, 3) / "state").iterdir())
    file.write_bytes(file.read_bytes()[:-3])

    with caplog.at_level(logging.WARNING):
        path = newest_checkpoint(folder, Recipe(), [])

    assert path == checkpoint_path(folder, 2)
    assert "the checkpoint before it is used" in caplog.text


def test_a_torn_manifest_is_passed_over_too(folder: Path) -> None:
    manifest = checkpoint_path(folder, 3) / "manifest.json"
    manifest.write_bytes(manifest.read_bytes()[:40])

    assert newest_checkpoint(folder, Recipe(), []) == checkpoint_path(folder, 2)


def test_where_none_is_whole_the_run_does_not_silently_start_anew(folder: Path) -> None:
    for path in sealed_checkpoints(folder):
        (path / "state.json").unlink()

    with pytest.raises(CheckpointError, match="none of its 3 checkpoints is whole") as caught:
        newest_checkpoint(folder, Recipe(), [])
    assert "--replace" in caught.value.hint


def test_a_checkpoint_of_another_recipe_is_refused_with_the_difference(folder: Path) -> None:
    with pytest.raises(CheckpointError, match=r"another recipe(.|\n)*name: a → b") as caught:
        newest_checkpoint(folder, Recipe(name="b"), [])
    assert "--replace" in caught.value.hint


def test_before_the_first_checkpoint_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "step-00000002").mkdir()
    (tmp_path / "step-00000002" / "state.json").write_bytes(b"half")

    assert newest_checkpoint(tmp_path, Recipe(), []) is None


def test_what_killed_processes_left_is_dropped(folder: Path) -> None:
    (folder / ".step-00000007.staging").mkdir()
    (folder / ".step-00000007.staging" / "state.json").write_bytes(b"half")
    (folder / ".step-00000007.claim").write_text("1 1.0", encoding="ascii")

    drop_unfinished(folder)

    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []
    assert steps_in(folder) == [1, 2, 3]
