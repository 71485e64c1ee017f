"""From logits to ids."""

import math
from collections import Counter

import pytest
import torch
from torch import Tensor

from mypt.errors import ArtifactError
from mypt.inference.config import SamplingConfig
from mypt.inference.sampling import (
    apply_temperature,
    choose_next_ids,
    draw,
    keep_top_k,
    keep_top_p,
    penalize_repetition,
    uniform,
)

INF = math.inf
GREEDY = SamplingConfig(temperature=0.0)


def _log(*probabilities: float) -> Tensor:
    return torch.tensor([probabilities]).log()


def _kept(logits: Tensor) -> list[int]:
    return logits[0].isfinite().nonzero().flatten().tolist()


def test_the_penalty_divides_positive_logits_and_multiplies_negative_ones_once_each() -> None:
    logits = torch.tensor([[2.0, -2.0, 0.5, 4.0]])

    penalized = penalize_repetition(logits, torch.tensor([[0, 1, 1, 0]]), 2.0)

    assert penalized.tolist() == [[1.0, -4.0, 0.5, 4.0]]


def test_temperature_divides_the_differences_of_logits() -> None:
    cooled = apply_temperature(torch.tensor([[1.0, 3.0]]), 0.5)

    assert cooled.tolist() == [[-4.0, 0.0]]


def test_top_k_keeps_the_k_likeliest() -> None:
    assert _kept(keep_top_k(torch.tensor([[0.0, 3.0, 1.0, 2.0]]), 2)) == [1, 3]


def test_top_k_keeps_what_is_as_likely_as_the_last_one_kept() -> None:
    assert _kept(keep_top_k(torch.tensor([[1.0, 3.0, 1.0, 0.0]]), 2)) == [0, 1, 2]


def test_top_k_may_exceed_the_vocabulary() -> None:
    assert _kept(keep_top_k(torch.zeros(1, 3), 10)) == [0, 1, 2]


@pytest.mark.parametrize(
    ("p", "kept"),
    [(0.01, [1]), (0.49, [1]), (0.51, [1, 3]), (0.79, [1, 3]), (0.81, [0, 1, 3]), (0.999, [0, 1, 2, 3])],
)
def test_top_p_keeps_the_fewest_that_reach_p(p: float, kept: list[int]) -> None:
    assert _kept(keep_top_p(_log(0.15, 0.5, 0.05, 0.3), p)) == kept


def test_top_p_keeps_what_is_as_likely_as_the_last_one_kept() -> None:
    assert _kept(keep_top_p(_log(0.25, 0.5, 0.25), 0.6)) == [0, 1, 2]


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_top_p_is_the_same_whether_all_or_only_the_top_k_are_sorted(p: float) -> None:
    logits = torch.randint(0, 6, (32, 40), generator=torch.Generator().manual_seed(0)).float()
    filtered = keep_top_k(logits, 5)  # with many ties

    assert torch.equal(keep_top_p(filtered, p), keep_top_p(filtered, p, n_candidates=5))


def test_a_draw_takes_the_id_whose_share_of_0_to_1_holds_the_number() -> None:
    logits = _log(0.25, 0.5, 0.25).expand(6, 3)
    uniforms = torch.tensor([0.0, 0.24, 0.26, 0.74, 0.76, 1 - 2**-53], dtype=torch.float64)

    assert draw(logits, uniforms).tolist() == [0, 0, 1, 1, 2, 2]


def test_a_draw_never_takes_what_is_ruled_out() -> None:
    logits = torch.tensor([[-INF, 0.0, -INF, 0.0, -INF]]).expand(2, 5)

    assert draw(logits, torch.tensor([0.0, 1 - 2**-53], dtype=torch.float64)).tolist() == [1, 3]


def test_greedy_takes_the_lowest_of_equal_ids() -> None:
    assert choose_next_ids(torch.tensor([[1.0, 2.0, 2.0]]), [[0]], [0.9], GREEDY) == [1]


def test_greedy_respects_the_penalty_and_its_window() -> None:
    logits = torch.tensor([[2.0, 1.9, 0.0], [2.0, 1.9, 0.0]])
    config = SamplingConfig(temperature=0.0, repetition_penalty=1.5, repetition_window=2)

    assert choose_next_ids(logits, [[0, 2, 2], [0]], [0.0, 0.0], config) == [0, 1]


def test_the_penalty_acts_before_temperature_and_top_k() -> None:
    logits = torch.tensor([[2.0, 1.9, 1.0]])
    config = SamplingConfig(temperature=0.5, top_k=1, repetition_penalty=1.5)

    assert choose_next_ids(logits, [[0]], [0.0], config) == [1]


def test_top_p_counts_probabilities_after_temperature() -> None:
    logits = _log(0.6, 0.4)  # 0.69 and 0.31 when cooled
    config = SamplingConfig(temperature=0.5, top_k=0, top_p=0.65)

    assert choose_next_ids(logits, [[0]], [0.99], config) == [0]


def test_top_p_counts_probabilities_after_top_k() -> None:
    logits = _log(0.4, 0.35, 0.25)  # 0.53 and 0.47 among the first two
    config = SamplingConfig(temperature=1.0, top_k=2, top_p=0.5)

    assert choose_next_ids(logits, [[0]], [0.99], config) == [0]


def test_banned_ids_are_never_drawn() -> None:
    logits = torch.tensor([[9.0, 1.0, 8.0, 0.0]]).expand(200, 4)
    banned = torch.tensor([0, 2])
    hot = SamplingConfig(temperature=100.0)
    uniforms = [uniform(0, row, 0) for row in range(200)]

    assert choose_next_ids(logits, [[0]] * 200, [0.0] * 200, GREEDY, banned) == [1] * 200
    assert set(choose_next_ids(logits, [[0]] * 200, uniforms, hot, banned)) == {1, 3}


@pytest.mark.parametrize("broken", [math.nan, INF])
@pytest.mark.parametrize("config", [GREEDY, SamplingConfig(top_k=2, top_p=0.5, repetition_penalty=1.2)])
def test_logits_that_are_not_numbers_are_an_error_that_names_the_row(
    broken: float, config: SamplingConfig
) -> None:
    logits = torch.tensor([[0.0, 1.0, 2.0], [0.0, broken, 2.0]])

    with pytest.raises(ArtifactError, match="row 1"):
        choose_next_ids(logits, [[0], [0]], [0.5, 0.5], config)


def test_a_row_is_not_spoiled_by_half_precision() -> None:
    logits = torch.tensor([[1.0, 3.0]], dtype=torch.bfloat16)

    assert choose_next_ids(logits, [[0]], [0.5], SamplingConfig()) == [1]


def test_numbers_of_draws_differ_by_seed_row_and_step_and_come_again() -> None:
    keys = [(seed, row, step) for seed in range(3) for row in range(3) for step in range(3)]

    numbers = [uniform(*key) for key in keys]

    assert len(set(numbers)) == len(keys)
    assert numbers == [uniform(*key) for key in keys]
    assert all(0.0 <= number < 1.0 for number in numbers)


def test_draws_follow_the_probabilities() -> None:
    probabilities = (0.05, 0.4, 0.1, 0.25, 0.2)
    n = 20_000
    uniforms = torch.tensor([uniform(7, row, step) for row in range(20) for step in range(n // 20)]).double()

    counts = Counter(draw(_log(*probabilities).expand(n, 5), uniforms).tolist())

    chi_square = sum((counts[i] - n * p) ** 2 / (n * p) for i, p in enumerate(probabilities))
    assert chi_square < 18.5  # 99.9 % point with 4 degrees of freedom
