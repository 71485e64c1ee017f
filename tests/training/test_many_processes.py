"""Two and four real processes train one model: the same step, in audit mode the same bytes."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from mypt.model.checkpoint import load_sealed_model
from mypt.training.recipe import PretrainRecipe
from mypt.training.sft_recipe import SftRecipe
from tests.training.processes import run_together
from tests.training.workers import train_some

pytestmark = pytest.mark.slow


def train_together(
    n_processes: int, recipe: PretrainRecipe | SftRecipe, out: Path, *, stop_after: int = 0, **training: Any
) -> str | None:
    """Return the digest of the model that all processes returned, or None when they stopped."""
    values = {"grad_accum_steps": 4, "steps": 6, "validate_every": 3, "checkpoint_every": 2, **training}
    changed = recipe.model_copy(update={"training": recipe.training.model_copy(update=values)})
    group = out.with_name(f"{out.name}-on-{n_processes}-{stop_after}")
    plain = changed.model_dump_json()
    digests = run_together(n_processes, train_some, group, plain, str(out), stop_after)
    assert len(set(digests)) == 1, "all processes return the same"
    digest: str | None = digests[0]
    return digest


def weights(run: Path) -> dict[str, torch.Tensor]:
    return load_sealed_model(run / "model").state_dict()


def test_in_audit_mode_any_number_gives_the_same_bytes(recipe: PretrainRecipe, tmp_path: Path) -> None:
    digests = [train_together(n, recipe, tmp_path / f"audit{n}", audit=True) for n in (1, 2, 4)]

    assert digests[0] is not None
    assert len(set(digests)) == 1
    logs = [json.loads(line) for line in (tmp_path / "audit4" / "metrics.jsonl").read_bytes().splitlines()]
    assert (
        logs[-1]["chain"]
        == json.loads((tmp_path / "audit1" / "metrics.jsonl").read_bytes().splitlines()[-1])["chain"]
    ), "what was measured is the same, too"


def test_a_run_stopped_on_two_processes_goes_on_on_one_and_on_four(
    recipe: PretrainRecipe, tmp_path: Path
) -> None:
    straight = train_together(1, recipe, tmp_path / "straight", audit=True)

    assert train_together(2, recipe, tmp_path / "moved", audit=True, stop_after=2) is None
    assert train_together(1, recipe, tmp_path / "moved", audit=True, stop_after=2) is None

    assert train_together(4, recipe, tmp_path / "moved", audit=True) == straight


@pytest.mark.parametrize("shard", ["none", "full"])
def test_the_fast_sums_agree_up_to_rounding_and_resume_on_another_number(
    recipe: PretrainRecipe, tmp_path: Path, shard: str
) -> None:
    train_together(1, recipe, tmp_path / "one")

    assert train_together(2, recipe, tmp_path / "two", shard=shard, stop_after=3) is None
    parts = (tmp_path / "two" / "checkpoints" / "step-00000003" / "state").iterdir()
    assert len(list(parts)) == 2, "each process wrote its part"
    assert train_together(1, recipe, tmp_path / "two", shard=shard) is not None

    expected = weights(tmp_path / "one")
    for name, weight in weights(tmp_path / "two").items():
        assert torch.allclose(weight, expected[name], atol=1e-4, rtol=1e-3), name


def test_fine_tuning_on_two_processes_stops_and_goes_on_to_the_bytes_of_one(
    sft: SftRecipe, tmp_path: Path
) -> None:
    straight = train_together(1, sft, tmp_path / "straight", audit=True)

    assert train_together(2, sft, tmp_path / "two", audit=True, stop_after=3) is None
    assert train_together(2, sft, tmp_path / "two", audit=True) == straight
    assert straight is not None
