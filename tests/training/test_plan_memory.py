"""Whether a step fits, and what makes it fit."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from mypt.dataset.batch import Batch
from mypt.model.gpt import GPT
from mypt.model.init_weights import init_weights
from mypt.model.presets import preset
from mypt.model.size import Checkpointing, StepLoad, training_memory
from mypt.training.device_batch import LOSS_ROWS, to_device
from mypt.training.loss import weighted_nll_sum
from mypt.training.plan_memory import LOGIT_ROWS, USABLE_SHARE, plan_memory, step_load
from mypt.training.recipe import TrainingConfig
from tests.model.live_memory import LiveMemory

CONFIG = preset("750M")
STYLES = {
    name: preset(name).model_copy(
        update={"n_layer": 4, "n_head": 2, "n_embd": 64, "block_size": 32, "vocab_size": 61}
    )
    for name in ("750M", "gpt2")
}
LOAD = StepLoad(n_sequences=16, n_tokens=1024, compute_bytes=2)
GIB = 2**30


def total(load: StepLoad) -> int:
    return training_memory(CONFIG, load).total_bytes


def device_for(load: StepLoad) -> int:
    """The smallest device that this load fits into."""
    return int(total(load) / USABLE_SHARE) + 1024


def test_16_sequences_of_750m_fit_into_an_h100_without_checkpointing() -> None:
    memory = plan_memory(CONFIG, LOAD, 80 * GIB, 1)

    assert memory.fits
    assert memory.ways_to_fit == ()
    assert memory.usable_bytes == int(80 * GIB * USABLE_SHARE)
    assert memory.by_checkpointing["none"] == memory.needed.total_bytes == total(LOAD)
    assert list(memory.by_checkpointing.values()) == sorted(memory.by_checkpointing.values(), reverse=True)


def test_what_is_too_large_gets_the_gentlest_change_of_each_kind() -> None:
    memory = plan_memory(CONFIG, LOAD, device_for(replace(LOAD, n_sequences=8)), 1)

    assert not memory.fits
    assert memory.ways_to_fit == (
        "--set training.batch_size=8 and 2 times training.grad_accum_steps",
        "--set training.activation_checkpointing=selective",
    )


def test_sharding_is_proposed_where_there_are_processes_to_share() -> None:
    sharded = replace(LOAD, n_sequences=1, n_shards=4)

    memory = plan_memory(CONFIG, replace(LOAD, n_sequences=1), device_for(sharded), 4)

    assert memory.ways_to_fit == ("--set training.shard=full",)


def test_sharding_is_not_proposed_for_muon_which_cannot_be_sharded() -> None:
    load = replace(LOAD, n_sequences=1, optimizer="muon")

    memory = plan_memory(CONFIG, load, device_for(replace(load, n_shards=4)), 4)

    assert all("shard" not in way for way in memory.ways_to_fit)


def test_changes_are_combined_only_where_one_is_not_enough() -> None:
    both = replace(LOAD, n_sequences=2, checkpointing="full")

    memory = plan_memory(CONFIG, LOAD, device_for(both), 1)

    assert memory.ways_to_fit == (
        "--set training.batch_size=2 and 8 times training.grad_accum_steps, "
        "--set training.activation_checkpointing=full",
    )


def test_nothing_is_proposed_where_nothing_helps() -> None:
    memory = plan_memory(CONFIG, LOAD, 8 * GIB, 1)

    assert not memory.fits
    assert memory.ways_to_fit == ()


def peak(model: GPT, n_sequences: int) -> int:
    """Bytes of all tensors that live at once in a micro-batch that is not the first of its step, at most."""
    rows = np.zeros((n_sequences, model.config.block_size), dtype=np.int64)
    batch = to_device(Batch(rows, rows, np.ones(rows.shape, dtype=np.float32)), torch.device("cpu"))
    memory = LiveMemory()
    weighted_nll_sum(model, batch).backward()  # so that gradients are there
    with memory:
        weighted_nll_sum(model, batch).backward()
    return memory.peak


@pytest.mark.parametrize("level", ["none", "selective", "full"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("style", STYLES)
def test_the_estimate_is_the_peak_of_what_lives_in_a_micro_batch(
    style: str, dtype: torch.dtype, level: Checkpointing
) -> None:
    config = STYLES[style]
    model = init_weights(GPT(config), 0).train()
    model.compute_dtype, model.activation_checkpointing = dtype, level

    memory = training_memory(config, StepLoad(16, 32, dtype.itemsize, level))

    assert memory.activations_bytes == pytest.approx(peak(model, 32) - peak(model, 16), rel=0.1)


@pytest.mark.parametrize("gib", range(14, 40, 2))
def test_every_proposal_fits_and_leaves_the_tokens_of_a_step(gib: int) -> None:
    memory = plan_memory(CONFIG, LOAD, gib * GIB, 1)

    levels: dict[str, Checkpointing] = {"none": "none", "selective": "selective", "full": "full"}
    for way in memory.ways_to_fit:
        found = re.search(r"batch_size=(\d+) and (\d+) times", way)
        batch_size, times = (int(found[1]), int(found[2])) if found else (16, 1)
        found_level = re.search(r"checkpointing=(\w+)", way)
        changed = replace(
            LOAD, n_sequences=batch_size, checkpointing=levels[found_level[1] if found_level else "none"]
        )
        assert total(changed) <= memory.usable_bytes
        assert batch_size * times == 16


@pytest.mark.parametrize(
    ("settings", "is_gpu", "compute_bytes", "dense_mask"),
    [
        ({}, True, 2, False),  # varlen
        ({}, True, 4, True),  # no kernel for segments in fp32
        ({}, False, 4, False),  # one segment after the other
        ({"compile": "full"}, False, 4, True),
        ({"attention": "sdpa"}, True, 2, True),
        ({"attention": "sdpa", "isolate_documents": False}, True, 2, False),
        ({"attention": "flex"}, True, 4, False),
    ],
)
def test_a_mask_of_all_pairs_is_counted_where_segments_have_no_kernel(
    settings: dict[str, object], *, is_gpu: bool, compute_bytes: int, dense_mask: bool
) -> None:
    training = TrainingConfig.model_validate({"steps": 1, **settings})

    load = step_load(CONFIG, training, compute_bytes=compute_bytes, n_processes=1, is_gpu=is_gpu)

    assert load.dense_mask == dense_mask


def test_the_load_is_what_the_recipe_says() -> None:
    same = TrainingConfig(steps=1, batch_size=3, activation_checkpointing="full")
    sharded, muon = (same.model_copy(update=change) for change in ({"shard": "full"}, {"optimizer": "muon"}))

    loads = [
        step_load(CONFIG, training, compute_bytes=2, n_processes=4, is_gpu=True)
        for training in (sharded, muon)
    ]

    assert loads == [
        StepLoad(3, 1024, 2, "full", "adamw", n_shards=4, logit_rows=4096),
        StepLoad(3, 1024, 2, "full", "muon", n_shards=1, logit_rows=4096),
    ]


def test_logits_exist_for_as_many_rows_as_the_loss_takes() -> None:
    assert LOGIT_ROWS == LOSS_ROWS
