"""The plan of a run, against sums done by hand."""

from dataclasses import replace

import pytest

from mypt.model.presets import preset
from mypt.model.size import count_parameters, flops_per_token
from mypt.training.plan import Plan, make_plan
from mypt.training.plan_data import DatasetCounts
from mypt.training.plan_machine import Machine, named_machine
from mypt.training.recipe import ModelSection, PretrainRecipe, TrainingConfig

CONFIG = preset("750M")
N = count_parameters(CONFIG)
EACH = flops_per_token(CONFIG, 1024)
H100 = named_machine("h100", "bf16", mfu=0.5)
COUNTS = {"text": DatasetCounts(train_tokens=50_000_000, vocab_size=CONFIG.vocab_size)}


def plan(machine: Machine = H100, eval_sets: dict[str, str] | None = None, **training: object) -> Plan:
    settings = {"steps": 1000, "batch_size": 12, "grad_accum_steps": 8, **training}
    recipe = PretrainRecipe(
        dataset="text", model=ModelSection(preset="750M"), eval_sets=eval_sets or {},
        training=TrainingConfig.model_validate(settings),
    )  # fmt: skip
    return make_plan(recipe, CONFIG, machine, COUNTS)


def test_the_work_is_tokens_times_flops_in_both_forms() -> None:
    work = plan().work

    assert work.parameters == N == 698_860_800
    assert work.tokens_per_step == 12 * 8 * 1024
    assert work.tokens == 1000 * 12 * 8 * 1024
    assert work.training_flops == work.tokens * EACH.training_flops
    assert work.conventional_training_flops == work.tokens * EACH.conventional_training_flops


def test_epochs_are_tokens_over_what_the_dataset_has() -> None:
    (use,) = plan().sources

    assert use.epochs == 1000 * 12 * 8 * 1024 / 50_000_000


def test_half_of_an_h100_trains_750m_at_105_thousand_tokens_a_second() -> None:
    time = plan().time

    assert time.tokens_per_second == 0.5 * 989.5e12 / EACH.conventional_training_flops
    assert time.tokens_per_second == pytest.approx(105_300, rel=0.001)
    assert time.training_seconds == pytest.approx(1000 * 12 * 8 * 1024 / 105_300, rel=0.001)


def test_processes_share_the_micro_batches_and_those_without_one_wait() -> None:
    one = plan().time.tokens_per_second

    assert plan(replace(H100, n_processes=8)).time.tokens_per_second == pytest.approx(8 * one)
    assert plan(replace(H100, n_processes=3)).time.tokens_per_second == pytest.approx(8 / 3 * one)
    assert plan(replace(H100, n_processes=16)).time.tokens_per_second == pytest.approx(8 * one)


def test_what_checkpointing_computes_again_takes_time() -> None:
    none, selective, full = (
        plan(activation_checkpointing=level).time.training_seconds for level in ("none", "selective", "full")
    )

    assert full == pytest.approx(none * 4 / 3)
    assert selective == none  # no product is computed again


def test_validation_is_forward_passes_over_every_category() -> None:
    time = plan(eval_sets={"law": "law"}, validate_every=300, validation_windows=10, copy_sequences=4).time

    tokens = (3 * 10 + 4) * 1024  # held out, training text, law; and copies
    forward = EACH.conventional_training_flops / 3
    assert time.n_validations == 5  # 0, 300, 600, 900, 1000
    assert time.validation_seconds == pytest.approx(5 * tokens * forward / (0.5 * 989.5e12))
    shared = plan(replace(H100, n_processes=8), eval_sets={"law": "law"}, validate_every=300,
                  validation_windows=10, copy_sequences=4).time  # fmt: skip
    assert shared.validation_seconds == pytest.approx(time.validation_seconds / 8)
    assert time.seconds == time.training_seconds + time.validation_seconds


def test_a_checkpoint_is_weights_and_moments_and_needs_room_for_one_more() -> None:
    disk = plan(checkpoint_every=300, keep_checkpoints=2).disk

    assert disk.checkpoint_bytes == 12 * N
    assert disk.model_bytes == 4 * N
    assert (disk.n_written, disk.n_kept) == (4, 3)  # the two newest and GOLD
    assert disk.needed_bytes == (3 + 1) * 12 * N + 4 * N
    assert disk.seconds_between == pytest.approx(plan().time.seconds / 4, rel=0.05)


def test_muon_writes_smaller_checkpoints() -> None:
    hidden = 32 * (4 * 1280**2 + 3 * 1280 * 3456)

    assert plan(optimizer="muon").disk.checkpoint_bytes == 12 * N - 4 * hidden


def test_memory_is_counted_in_the_precision_and_sharding_of_the_run() -> None:
    bf16, fp32 = plan().memory, plan(named_machine("h100", "fp32")).memory
    sharded = plan(replace(H100, n_processes=8), shard="full").memory

    assert bf16.needed.cast_weights_bytes > 0
    assert fp32.needed.cast_weights_bytes == 0
    assert fp32.needed.activations_bytes > bf16.needed.activations_bytes
    assert sharded.needed.weights_bytes * 8 == bf16.needed.weights_bytes == 4 * N
