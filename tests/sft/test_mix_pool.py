"""What may be drawn of an input: its different rows, counted; and the same first ones for the same name."""

from pathlib import Path

import pytest

from mypt.conversation.episode import Replay, UserMessage
from mypt.conversation.render import render
from mypt.errors import InputError
from mypt.evaluation.case import Case, Exact
from mypt.evaluation.leaks import LeakIndex
from mypt.sft.episode_files import Row, canonical_line
from mypt.sft.mix_pool import Check, Pool, draw, pretraining_pool, read_pool
from mypt.sft.replay import ReplayPiece
from tests.sft.sample_episodes import TOKENIZER, echoes, episode, sealed

CHECK = Check(TOKENIZER, None, phase=2)


def pool_of(folder: Path, n_rows: int = 30, name: str = "own") -> Pool:
    """Return the pool of a small artifact."""
    return read_pool(name, sealed(folder, echoes("train", n_rows)), "train", None, CHECK)


def test_supervised_tokens_are_those_of_the_renderer(tmp_path: Path) -> None:
    pool = pool_of(tmp_path / "a")

    expected = [render(row, TOKENIZER).n_supervised for row in echoes("train", 30)]
    assert pool.n_tokens.tolist() == expected
    assert pool.available == sum(expected)


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    pool = pool_of(tmp_path / "a")

    lines = (tmp_path / "a" / "train.jsonl").read_bytes().splitlines(keepends=True)
    assert [pool.line(row) for row in range(len(pool))] == lines
    assert pool.numbers.tolist() == list(range(1, 31))


def test_a_row_that_comes_twice_and_pretraining_text_are_set_aside(tmp_path: Path) -> None:
    rows: list[Row] = [episode("a", "b"), Replay(text="once"), episode("a", "b"), episode("c", "d")]

    pool = read_pool("own", sealed(tmp_path / "a", rows), "train", None, CHECK)

    assert pool.numbers.tolist() == [1, 4]
    assert (pool.n_identical, pool.n_set_aside) == (1, 1)


def test_only_the_rows_of_one_phase_are_taken_where_one_is_named(tmp_path: Path) -> None:
    rows = [episode("a", "b", phase=1), episode("c", "d", phase=2), episode("e", "f", phase=1)]

    pool = read_pool("phase1", sealed(tmp_path / "a", rows), "train", 1, CHECK)

    assert pool.numbers.tolist() == [1, 3]
    assert pool.n_set_aside == 1


def test_an_episode_of_a_later_phase_is_refused_by_its_line(tmp_path: Path) -> None:
    artifact = sealed(tmp_path / "a", [episode("a", "b"), episode("c", "d", phase=3)])

    with pytest.raises(InputError, match=r"train\.jsonl:2: phase: an episode of phase 3 in a mix"):
        read_pool("own", artifact, "train", None, CHECK)


def test_a_row_that_holds_a_case_is_refused_by_line_and_case(tmp_path: Path) -> None:
    artifact = sealed(tmp_path / "a", [episode("a", "b"), episode("What is it?", "d")])
    case = Case(
        id="facts-en-7", bucket="facts", phase=1, language="en", system="You are MyPT.",
        messages=(UserMessage(content="what is it"),), check=Exact(answers=("d",)),
    )  # fmt: skip

    with pytest.raises(InputError, match=r"train\.jsonl:2: holds the evaluation case facts-en-7"):
        read_pool("own", artifact, "train", None, Check(TOKENIZER, LeakIndex([case]), 2))


def test_what_is_drawn_comes_nearest_to_what_is_wanted(tmp_path: Path) -> None:
    pool = pool_of(tmp_path / "a")

    for wanted in (20, 55, 100):
        drawn = draw(pool, wanted, 0, "train")
        assert abs(drawn.n_tokens - wanted) <= pool.n_tokens.max()
        assert len(set(drawn.rows.tolist())) == len(drawn.rows)
    assert len(draw(pool, 0, 0, "train").rows) == 1


def test_less_is_a_beginning_of_more_and_another_name_another_order(tmp_path: Path) -> None:
    pool, other = pool_of(tmp_path / "a"), pool_of(tmp_path / "b", name="other")

    little, much = draw(pool, 60, 0, "train").rows, draw(pool, 150, 0, "train").rows
    assert much[: len(little)].tolist() == little.tolist()
    assert draw(other, 150, 0, "train").rows.tolist() != much.tolist()
    assert draw(pool, 150, 1, "train").rows.tolist() != much.tolist()


def test_one_row_more_in_an_input_changes_the_order_of_no_other(tmp_path: Path) -> None:
    more = pool_of(tmp_path / "b", 31)

    rows = draw(more, more.available, 0, "train").rows
    before = draw(pool_of(tmp_path / "a", 30), more.available, 0, "train").rows

    assert [row for row in rows.tolist() if row != 30] == before.tolist()


def test_rows_come_again_only_after_all_came_and_only_as_often_as_is_said(tmp_path: Path) -> None:
    artifact = sealed(tmp_path / "a", echoes("train", 10))
    once = read_pool("own", artifact, "train", None, CHECK)
    thrice = Pool(**{**vars(once), "repeat": 3})

    drawn = draw(thrice, once.available * 2.5, 0, "train")

    assert sorted(drawn.rows[:10].tolist()) == sorted(drawn.rows[10:20].tolist()) == list(range(10))
    assert drawn.times.tolist() == [0] * 10 + [1] * 10 + [2] * (len(drawn.rows) - 20)
    assert len(draw(thrice, 1e9, 0, "train").rows) == 30
    assert len(draw(once, 1e9, 0, "train").rows) == 10


def test_as_much_pretraining_text_is_taken_as_is_wanted() -> None:
    texts = [f"Text number {number} of a document that says little." for number in range(300)]
    pieces = [ReplayPiece(text, 11, "train-00000", 0, "doc", "MIT") for text in [texts[0], *texts]]

    pool = pretraining_pool("pretraining", iter(pieces), 100, CHECK)

    assert pool.n_identical == 1
    assert [piece.text for piece in pool.pieces] == texts[: len(pool)]
    assert pool.available >= 100
    assert len(pool) < 300
    assert pool.n_tokens.tolist() == [len(TOKENIZER.encode(piece.text)) - 1 for piece in pool.pieces]
    lines = [pool.line(row) for row in range(len(pool))]
    assert lines == [canonical_line(Replay(text=piece.text)) for piece in pool.pieces]
    assert draw(pool, 100, 0, "train").rows.tolist() == list(range(len(draw(pool, 100, 0, "train").rows)))
