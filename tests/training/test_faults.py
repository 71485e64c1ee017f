"""A run that is killed at twenty moments, some inside a checkpoint, ends in the same bytes."""

import random
import signal
import sys
from pathlib import Path

import pytest

from mypt.training.checkpointer import sealed_checkpoints
from mypt.training.recipe import PretrainRecipe
from tests.training.processes import fork_server
from tests.training.workers import Moment, train_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL and a fork server"),
]

IN_A_CHECKPOINT = [
    Moment(event="open", name=".staging/state/shard-00001", times=2),
    Moment(event="open", name=".staging/state/shard-00001", times=5),
    Moment(event="open", name="state.json", times=2),
    Moment(event="open", name=".manifest.json", times=2),
    Moment(event="os.rename", name=".staging", times=3),
    Moment(event="os.rename", name=".staging/.manifest.json", times=2),
    Moment(event="shutil.rmtree", name="checkpoints/step-", times=1),
    Moment(event="open", name="metrics.jsonl", times=4),
]


def moments(seed: int) -> list[Moment]:
    """Return twenty moments: eight inside a checkpoint, twelve anywhere in the first seconds, shuffled."""
    draw = random.Random(seed)  # noqa: S311
    anywhere = [Moment(seconds=draw.uniform(0.1, 1.5)) for _ in range(12)]
    return draw.sample([*IN_A_CHECKPOINT, *anywhere], k=20)


def run(recipe: PretrainRecipe, out: Path, moment: Moment | None) -> int:
    arguments = (recipe.model_dump_json(), str(out), moment)
    process = fork_server().Process(target=train_until, args=arguments)
    process.start()
    process.join(120)
    assert process.exitcode is not None
    return process.exitcode


def test_twenty_kills_cost_nothing_but_time(recipe: PretrainRecipe, tmp_path: Path) -> None:
    values = {"steps": 250, "checkpoint_every": 7, "validate_every": 50, "validation_windows": 2}
    long = recipe.model_copy(update={"training": recipe.training.model_copy(update=values)})
    assert run(long, tmp_path / "straight", None) == 0

    codes, reached = [], [0]
    for moment in moments(seed=7):
        codes.append(run(long, tmp_path / "killed", moment))
        kept = sealed_checkpoints(tmp_path / "killed" / "checkpoints")
        reached.append(int(kept[-1].name.removeprefix("step-")) if kept else 0)
    assert run(long, tmp_path / "killed", None) == 0

    assert codes.count(-signal.SIGKILL) == 20, f"{codes} at {reached}"
    assert reached == sorted(reached), "no checkpoint is ever lost"
    for name in ("model/model.safetensors", "model/manifest.json", "gold/model.safetensors"):
        straight, killed = ((tmp_path / run_ / name).read_bytes() for run_ in ("straight", "killed"))
        assert straight == killed, name
    hidden = [path.name for path in (tmp_path / "killed").rglob(".*")]
    assert hidden == [], "nothing half-written is left"
