"""The table of small sums: right, and apart by split."""

import re

from mypt.sft.generators.arithmetic import OPERATIONS, comparisons, operations
from mypt.sft.generators.payloads import held_out


def test_each_result_is_right() -> None:
    for name, (sign, result) in OPERATIONS.items():
        for first, second, answer, payload in operations(name, "train"):
            assert int(answer) == result(int(first), int(second)) >= 0
            assert payload == f"{first}{sign}{second}"


def test_pairs_of_train_validation_and_suites_are_disjoint_and_together_all() -> None:
    for name, n_pairs in (("add", 441), ("subtract", 231), ("multiply", 121)):
        train, val = ({item[-1] for item in operations(name, split)} for split in ("train", "val"))
        pair = re.compile(rf"\d+\{OPERATIONS[name][0]}\d+")
        held = set(filter(pair.fullmatch, held_out("payload")))

        assert len(held) >= 20
        assert len(train) + len(val) + len(held) == n_pairs == len(train | val | held)


def test_a_comparison_names_the_larger_and_the_smaller_number() -> None:
    for first, second, larger, smaller, _ in comparisons("val"):
        assert {first, second} == {larger, smaller}
        assert int(larger) > int(smaller)
