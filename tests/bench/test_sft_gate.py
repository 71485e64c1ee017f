"""Batched answers are those of one by one, and faster."""

from mypt.bench.sft_gate import measure_gate


def test_both_ways_are_measured_on_the_same_prompts() -> None:
    figures = measure_gate(n_cases=8, max_tokens=2)

    assert figures["same_answers"] is True
    assert figures["ratio"] == figures["batched_per_second"] / figures["one_by_one_per_second"] > 0
