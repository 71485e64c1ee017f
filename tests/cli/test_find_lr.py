"""`mypt find-lr`: a number on stdout, and what it is worth on stderr."""

import json
from pathlib import Path

from tests.cli.line import PRETRAIN, contents, refused, run
from tests.cli.test_adapt import ADAPT, RECIPE

FIND = ("find-lr", PRETRAIN[1], "--lowest", "1e-4", "--steps", "30")


def test_the_rate_alone_is_printed_and_nothing_is_left(own_line: Path) -> None:
    before = contents(own_line)

    outcome = run(own_line, *FIND)

    assert outcome.code == 0, outcome.err
    assert 1e-4 < float(outcome.out) < 1.0
    assert "steps at rates from 0.0001" in outcome.err
    assert contents(own_line) == before


def test_for_an_adaptation_the_parents_limit_is_said(own_line: Path) -> None:
    (own_line / ADAPT[1]).write_text(json.dumps(RECIPE), encoding="utf-8")

    outcome = run(own_line, "find-lr", ADAPT[1], "--steps", "30")

    assert outcome.code == 0, outcome.err
    assert "the parent ended with 0.0003; a rate above 0.0009 is refused" in outcome.err


def test_a_recipe_that_trains_nothing_is_refused(own_line: Path) -> None:
    message = refused(run(own_line, "find-lr", "configs/dataset/tiny.json"), 2)

    assert "describes no training" in message
