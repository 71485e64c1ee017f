"""The engine that computes."""

import math

import pytest
import torch

from mypt.errors import ArtifactError, InputError
from mypt.inference.config import SamplingConfig
from mypt.inference.engine import TokenEvent
from mypt.inference.stopping import FinishReason, stop_at
from mypt.inference.torch_engine import TorchEngine
from tests.inference.models import (
    BLOCK_SIZE,
    GREEDY,
    KINDS,
    PROMPTS,
    SAMPLED,
    VOCAB_SIZE,
    drawn,
    make_model,
)

LONG = {"max_new_tokens": 3 * BLOCK_SIZE}


@pytest.mark.parametrize("sampling", [GREEDY, SAMPLED], ids=["greedy", "sampled"])
@pytest.mark.parametrize("kind", KINDS)
def test_cached_and_uncached_draw_the_same_ids_past_three_blocks(kind: str, sampling: SamplingConfig) -> None:
    model, sampling = make_model(kind), sampling.model_copy(update=LONG)

    cached = drawn(TorchEngine(model), PROMPTS, sampling)

    assert cached == drawn(TorchEngine(model, use_cache=False), PROMPTS, sampling)
    assert all(len(set(ids)) > 3 for ids in cached)


@pytest.mark.parametrize("use_cache", [True, False])
def test_prompts_longer_than_a_block_are_continued(*, use_cache: bool) -> None:
    model, prompts = make_model(), [[token % 20 for token in range(5 * BLOCK_SIZE + 3)], [1, 2]]
    engine = TorchEngine(model, use_cache=use_cache)

    together = drawn(engine, prompts, GREEDY)

    assert together == drawn(engine, prompts[:1], GREEDY) + drawn(engine, prompts[1:], GREEDY)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_of_a_batch_is_what_it_is_alone(kind: str) -> None:
    engine, sampling = TorchEngine(make_model(kind)), GREEDY.model_copy(update=LONG)

    together = drawn(engine, PROMPTS, sampling)

    assert together == [drawn(engine, [prompt], sampling)[0] for prompt in PROMPTS]


def test_sampled_rows_do_not_depend_on_the_other_rows() -> None:
    engine = TorchEngine(make_model())
    others = [[11, 12], PROMPTS[1], [5], [6, 6, 6]]

    assert drawn(engine, PROMPTS, SAMPLED)[1] == drawn(engine, others, SAMPLED)[1]


def test_rows_go_on_unchanged_when_others_end() -> None:
    engine = TorchEngine(make_model())
    plain = drawn(engine, PROMPTS, GREEDY)
    stops = {ids[3] for ids in plain[:2]}

    events = list(engine.stream(PROMPTS, GREEDY, stop_at(stops)))

    for row, ids in enumerate(plain):
        n_drawn = next((place for place, token in enumerate(ids, 1) if token in stops), len(ids))
        assert tuple(event.id for event in events if event.row == row) == ids[:n_drawn]


def test_seeds_decide_and_rows_of_one_prompt_differ() -> None:
    engine = TorchEngine(make_model())
    other_seed = SAMPLED.model_copy(update={"seed": 4})

    first = drawn(engine, [[1, 2]] * 3, SAMPLED)

    assert first == drawn(engine, [[1, 2]] * 3, SAMPLED)
    assert first != drawn(engine, [[1, 2]] * 3, other_seed)
    assert len(set(first)) == 3


def test_drawing_leaves_the_global_generator_alone() -> None:
    engine = TorchEngine(make_model())
    before = torch.get_rng_state()

    drawn(engine, PROMPTS, SAMPLED)

    assert torch.equal(before, torch.get_rng_state())


def test_events_come_step_by_step_and_the_last_of_a_row_says_why() -> None:
    engine = TorchEngine(make_model())

    events = list(engine.stream([[1], [2]], GREEDY.model_copy(update={"max_new_tokens": 2})))

    assert [(event.row, event.finish) for event in events] == [
        (0, None),
        (1, None),
        (0, FinishReason.LENGTH),
        (1, FinishReason.LENGTH),
    ]


def test_a_stop_id_is_the_last_id_of_its_row() -> None:
    engine = TorchEngine(make_model())
    ids = drawn(engine, [[1]], GREEDY)[0]

    events = list(engine.stream([[1]], GREEDY, stop_at({ids[4]})))

    assert events[-1] == TokenEvent(0, ids[4], FinishReason.STOP)
    assert len(events) == ids.index(ids[4]) + 1


def test_nothing_is_computed_ahead_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    model = make_model()
    monkeypatch.setattr(model, "head", None)

    events = TorchEngine(model).stream([[1]], GREEDY)

    with pytest.raises(TypeError):
        next(events)


def test_reading_a_stream_does_not_switch_gradients_off_for_the_reader() -> None:
    events = TorchEngine(make_model()).stream([[1]], GREEDY)

    next(events)

    assert not torch.is_inference_mode_enabled()
    assert torch.is_grad_enabled()


def test_banned_ids_are_never_drawn() -> None:
    engine = TorchEngine(make_model())
    banned = set(range(0, VOCAB_SIZE, 2)) | {VOCAB_SIZE + 5}
    hot = SamplingConfig(temperature=50.0, max_new_tokens=40)

    seen = {event.id for event in engine.stream(PROMPTS, hot, banned_ids=banned)}

    assert not seen & banned
    assert len(seen) > 5


def test_banning_everything_is_refused() -> None:
    with pytest.raises(InputError, match="banned"):
        TorchEngine(make_model()).stream([[1]], GREEDY, banned_ids=range(VOCAB_SIZE))


def test_unreadable_prompts_are_refused_before_anything_is_drawn() -> None:
    with pytest.raises(InputError):
        TorchEngine(make_model()).stream([[]], GREEDY)


def test_no_prompts_are_no_events() -> None:
    assert list(TorchEngine(make_model()).stream([], GREEDY)) == []


def test_a_model_that_computes_nan_is_an_error() -> None:
    model = make_model()
    with torch.no_grad():
        model.final_norm.weight[0] = math.nan

    with pytest.raises(ArtifactError, match="NaN"):
        drawn(TorchEngine(model), [[1]], GREEDY)


def test_dropout_is_off_even_when_the_model_was_training() -> None:
    model = make_model()
    model.train()

    ids = drawn(TorchEngine(model), PROMPTS, GREEDY)

    assert ids == drawn(TorchEngine(make_model()), PROMPTS, GREEDY)


def test_bfloat16_converts_the_weights_and_still_draws() -> None:
    engine = TorchEngine(make_model(), dtype=torch.bfloat16)

    assert len(drawn(engine, PROMPTS, SAMPLED)[2]) == SAMPLED.max_new_tokens
    assert engine.model.head_weight.dtype == torch.bfloat16
