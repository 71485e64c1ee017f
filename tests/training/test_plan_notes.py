"""What a plan warns of, and what it refuses."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from mypt.model.presets import preset
from mypt.training.adapt_recipe import AdaptRecipe, TextRecipe
from mypt.training.plan import make_plan
from mypt.training.plan_data import DatasetCounts
from mypt.training.plan_machine import Machine, named_machine
from mypt.training.plan_notes import Note, notes_on
from mypt.training.recipe import PretrainRecipe

H100 = named_machine("h100", "bf16")
# 20 tokens for each of 11.4M parameters, read once, in some minutes.
GOOD = {"steps": 2400, "batch_size": 24, "grad_accum_steps": 16, "checkpoint_every": 1200}
TINY = preset("tiny")
TOKENS = 2400 * 24 * 16 * 256
SLOW = replace(H100, peak_flops=2e13)  # so that checkpoints are minutes apart


def notes(
    training: dict[str, object] | None = None,
    *,
    machine: Machine = SLOW,
    available: int = TOKENS,
    preset_name: str = "tiny",
    **data: object,
) -> tuple[Note, ...]:
    recipe = PretrainRecipe.model_validate(
        {
            "model": {"preset": preset_name}, "training": {**GOOD, **(training or {})},
            **(data or {"dataset": "text"}),
        }
    )  # fmt: skip
    return on(recipe, machine, available)


def on(recipe: TextRecipe, machine: Machine, available: int) -> tuple[Note, ...]:
    config = preset(recipe.model.preset or "tiny") if isinstance(recipe, PretrainRecipe) else TINY
    plan = make_plan(recipe, config, machine, {"text": DatasetCounts(available, config.vocab_size)})
    return notes_on(plan, recipe)


def warning(part: str, found: tuple[Note, ...]) -> str:
    (note,) = found
    assert note.level == "warning"
    assert part in note.text
    return note.text


def refusal(part: str, found: tuple[Note, ...]) -> str:
    texts = [note.text for note in found if note.level == "refused" and part in note.text]
    assert len(texts) == 1, found
    return texts[0]


def test_a_sound_plan_needs_no_words() -> None:
    assert notes() == ()


def test_too_few_tokens_for_the_size_are_said() -> None:
    found = notes({"steps": 1200})

    warning("10.3 tokens per parameter", found)


def test_an_adaptation_is_not_measured_by_its_size() -> None:
    recipe = AdaptRecipe.model_validate(
        {
            "dataset": "text", "init_from": "parent", "eval_sets": {"general": "web"},
            "training": {**GOOD, "steps": 1200},
        }
    )  # fmt: skip

    assert on(recipe, SLOW, TOKENS) == ()


def test_reading_a_source_more_than_four_times_is_said() -> None:
    assert notes(available=TOKENS // 4) == ()
    warning("text is read 5.0 times", notes(available=TOKENS // 5))


def test_a_long_warm_up_is_said() -> None:
    assert notes({"warmup_steps": 240}) == ()
    warning("warm-up takes 20%", notes({"warmup_steps": 480}))


def test_validation_that_takes_a_tenth_of_the_time_is_said() -> None:
    found = notes({"validate_every": 10, "validation_windows": 1000})

    warning("validation takes", found)


def test_checkpoints_too_close_or_too_far_apart_are_said() -> None:
    warning("a checkpoint every", notes({"checkpoint_every": 1}))
    text = warning("hours", notes({"checkpoint_every": 2400}, machine=replace(SLOW, peak_flops=2e12)))
    assert "--set training.checkpoint_every=" in text


def test_a_stage_that_never_begins_is_refused_as_the_run_would() -> None:
    stages = [{"name": "a", "dataset": "text", "until_iter": 5000}, {"name": "b", "dataset": "text"}]

    text = refusal("stage 'b' never begins", notes(curriculum={"phases": stages}))

    assert "lower until_iter" in text


def test_processes_that_do_not_divide_the_micro_batches_are_refused() -> None:
    text = refusal("do not divide", notes(machine=replace(SLOW, n_processes=3)))

    assert "--set training.grad_accum_steps=18" in text


def test_what_does_not_fit_is_refused_with_a_way_out() -> None:
    small = replace(SLOW, memory_bytes=800 * 2**20)

    text = refusal("does not fit", notes(machine=small))

    assert "--set training.batch_size=" in text


def test_what_fits_nowhere_is_refused_without_false_hope() -> None:
    text = refusal("does not fit", notes(machine=replace(SLOW, memory_bytes=2**27)))

    assert "smaller model" in text


@pytest.mark.parametrize(
    ("preset_name", "machine", "part"),
    [
        ("350M", H100, "fp8 does not pay"),
        ("750M", named_machine("a100", "bf16"), "a100 has no 8-bit products"),
    ],
)
def test_fp8_is_refused_where_it_does_not_pay_or_does_not_exist(
    preset_name: str, machine: Machine, part: str
) -> None:
    refusal(part, notes({"fp8": True}, machine=machine, preset_name=preset_name))


def test_fp8_is_refused_beside_what_excludes_it() -> None:
    fp32 = notes({"fp8": True}, machine=named_machine("h100", "fp32"), preset_name="750M")

    refusal("fp8 needs", fp32)
    with pytest.raises(ValidationError, match="shard=full excludes fp8=true"):
        notes({"fp8": True, "shard": "full"}, machine=H100, preset_name="750M")


def test_fp8_is_let_through_where_it_pays() -> None:
    found = notes({"fp8": True}, machine=H100, preset_name="750M")

    assert [note for note in found if note.level == "refused"] == []
