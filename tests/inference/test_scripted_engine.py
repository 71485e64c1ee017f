"""The engine that replays."""

import pytest

from mypt.errors import InputError
from mypt.inference.config import SamplingConfig
from mypt.inference.engine import TokenEvent
from mypt.inference.generate import generate
from mypt.inference.scripted_engine import ScriptedEngine
from mypt.inference.stopping import FinishReason, stop_at

SAMPLING = SamplingConfig(max_new_tokens=3)


def test_each_prompt_gets_the_next_reply() -> None:
    engine = ScriptedEngine([[1, 2], [3], [4]])

    first = generate(engine, [[9], [8]], SAMPLING)
    second = generate(engine, [[7]], SAMPLING)

    assert [completion.ids for completion in first + second] == [(1, 2), (3,), (4,)]


def test_it_keeps_what_it_was_asked() -> None:
    engine = ScriptedEngine([[1], [1]])

    generate(engine, [[9], [8, 7]], SAMPLING)

    assert engine.prompts == [[9], [8, 7]]
    assert engine.samplings == [SAMPLING]


def test_a_reply_ends_where_a_real_one_would() -> None:
    engine = ScriptedEngine([[1, 2, 3, 4], [1, 2, 3, 4]])

    stopped = list(engine.stream([[9]], SAMPLING, stop_at({2})))
    cut = list(engine.stream([[9]], SAMPLING))

    assert stopped == [TokenEvent(0, 1), TokenEvent(0, 2, FinishReason.STOP)]
    assert cut[-1] == TokenEvent(0, 3, FinishReason.LENGTH)


def test_a_script_that_breaks_a_ban_is_wrong() -> None:
    with pytest.raises(InputError, match="banned"):
        list(ScriptedEngine([[1]]).stream([[9]], SAMPLING, banned_ids={1}))


def test_a_script_may_not_run_out() -> None:
    with pytest.raises(InputError, match="0 replies left"):
        ScriptedEngine([]).stream([[9]], SAMPLING)
