"""Writes checkpoints beside training, finds the newest whole one, and keeps the GOLD one.

A checkpoint is a sealed folder. The state is copied while training waits; the
copy is written, sealed and renamed into place by a thread of its own.
"""

import logging
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch.distributed as dist
from torch import Tensor
from torch import __version__ as torch_version
from torch.distributed.checkpoint.staging import DefaultStager, StagingOptions

from mypt.config import Section
from mypt.errors import CheckpointError, ManifestMismatch, MyptError
from mypt.files import write_json
from mypt.model.checkpoint import CONFIG_NAME
from mypt.model.config import GPTConfig
from mypt.provenance.artifact import Artifact, Draft, open_artifact, staged
from mypt.provenance.manifest import MANIFEST_NAME, read_manifest
from mypt.training.changes import describe_changes, is_same_work, tokenizer_digests
from mypt.training.distributed import World
from mypt.training.state import STATE_NAME, Progress, state_json, state_tensors, write_tensors
from mypt.training.step import Stepper

log = logging.getLogger(__name__)


class Checkpointer:
    """The checkpoints of one run; all processes call the same methods in the same order."""

    def __init__(
        self, folder: Path, recipe: Section, inputs: Sequence[Artifact], world: World, *, keep: int
    ) -> None:
        self._folder, self._recipe, self._inputs = folder, recipe, inputs
        self._world, self._keep = world, keep
        self._writing: Future[None] | None = None
        self._thread = ThreadPoolExecutor(1, "checkpoint")
        is_cuda = world.device.type == "cuda"
        options = StagingOptions(
            use_pinned_memory=is_cuda, use_non_blocking_copy=is_cuda,
            use_shared_memory=False, use_async_staging=False,
        )  # fmt: skip
        self._stager = DefaultStager(options)

    def save(self, stepper: Stepper, progress: Progress, gold_step: int | None = None) -> None:
        """Copy the state and return; what goes wrong while writing is raised by the next `wait`.

        The checkpoint of the GOLD step stays, whatever comes after it.
        """
        self.wait()
        tensors: Any = self._stager.stage(state_tensors(stepper))
        state = state_json(stepper, progress)
        self._writing = self._thread.submit(self._write, tensors, state, stepper.model.config, gold_step)

    def wait(self) -> None:
        """Return when nothing is being written any more; StorageFull and its kin say why it could not."""
        if self._writing is not None:
            writing, self._writing = self._writing, None
            writing.result()

    def close(self) -> None:
        """End the thread after what it still writes, and free the copies."""
        self._thread.shutdown(wait=True)
        self._stager.close()

    def _write(
        self,
        tensors: Mapping[str, Tensor],
        state: Mapping[str, Any],
        config: GPTConfig,
        gold_step: int | None,
    ) -> None:
        path = checkpoint_path(self._folder, int(state["step"]))
        with ExitStack() as stack:
            draft = self._begin(stack, path)
            write_tensors(draft.path, tensors, self._world.checkpoints)
            if self._world.is_main:
                write_json(draft.path / CONFIG_NAME, config.model_dump(mode="json"))
                write_json(draft.path / STATE_NAME, state)
                draft.counts |= {
                    "step": state["step"],
                    "tokens": state["tokens"],
                    "log_head": state["metrics_head"],
                    "tokenizers": tokenizer_digests(self._inputs),
                }
                draft.environment |= {"torch": str(torch_version), "processes": str(self._world.size)}
        if self._world.is_main:
            prune_checkpoints(self._folder, self._keep, gold_step)

    def _begin(self, stack: ExitStack, path: Path) -> Draft:
        """Make the folder on the main process, and let the others know where it is, or why there is none."""
        outcome: list[Any] = [None, None]
        if self._world.is_main:
            try:
                folder = staged(path, "checkpoint", self._recipe, self._inputs, replace=True)
                outcome[0] = stack.enter_context(folder)
            except MyptError as error:
                outcome[1] = error
        if self._world.size > 1:
            dist.broadcast_object_list(outcome, group=self._world.checkpoints)
        if outcome[1] is not None:
            raise outcome[1]
        draft: Draft = outcome[0]
        return draft


def newest_checkpoint(folder: Path, recipe: Section, inputs: Sequence[Artifact]) -> Path | None:
    """Return the newest whole checkpoint of a run, or None before the first.

    One that is torn is passed over with a warning. Raises CheckpointError when
    none is whole, or when another recipe, dataset or version began this run.
    """
    torn: list[Path] = []
    for path in reversed(sealed_checkpoints(folder)):
        try:
            manifest = read_manifest(path)
            if not is_same_work(manifest, recipe, inputs):
                raise CheckpointError(
                    f"{path}: was made by another recipe, dataset or version of MyPT:\n"
                    + "\n".join(f"  {line}" for line in describe_changes(manifest, recipe, inputs)),
                    hint="undo the change, add --replace to start this run anew, or choose another --out",
                )
            open_artifact(path, "checkpoint")
        except ManifestMismatch as error:
            log.warning("%s; the checkpoint before it is used", error.message)
            torn.append(path)
        else:
            return path
    if torn:
        raise CheckpointError(
            f"{folder}: none of its {len(torn)} checkpoints is whole", hint="add --replace to start anew"
        )
    return None


def checkpoint_path(folder: Path, step: int) -> Path:
    """Return where the checkpoint after a step lies; names sort by step."""
    return folder / f"step-{step:08d}"


def sealed_checkpoints(folder: Path) -> list[Path]:
    """Return the checkpoints that were finished, oldest first."""
    return sorted(path for path in folder.glob("step-*") if (path / MANIFEST_NAME).is_file())


def prune_checkpoints(folder: Path, keep: int, gold_step: int | None = None) -> None:
    """Delete all but the newest checkpoints and the GOLD one."""
    gold = None if gold_step is None else checkpoint_path(folder, gold_step)
    for path in sealed_checkpoints(folder)[:-keep]:
        if path != gold:
            shutil.rmtree(path)


def drop_unfinished(folder: Path) -> None:
    """Delete what killed processes left half written."""
    for path in folder.glob(".step-*.staging"):
        shutil.rmtree(path)
    for path in folder.glob(".step-*.claim"):
        path.unlink()
