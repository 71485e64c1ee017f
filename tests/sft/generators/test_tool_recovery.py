"""Recovery: something goes wrong first, is not repeated as it was, and ends in an answer or a refusal."""

from random import Random

import pytest

from mypt.agent.tool import is_error
from mypt.evaluation.refusals import is_refusal
from mypt.sft.generators.tool_chains import MOST_CALLS
from mypt.sft.generators.tool_play import entries
from mypt.sft.generators.tool_recovery import FAILURES, WAYS, misspelt, recovery
from mypt.sft.generators.tool_workspace import Language
from tests.sft.generators.tool_plays import LANGUAGES, answer_of, calls_of, plays_of, results_of


@pytest.mark.parametrize("number", range(len(WAYS)))
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_call_fails_and_a_later_one_helps(language: Language, number: int) -> None:
    plays = plays_of(recovery, language, number / len(WAYS) + 0.01)

    assert plays
    for play in plays:
        calls, results = calls_of(play.messages), results_of(play.messages)
        first, answer = results[0].content, answer_of(play.messages)
        assert is_error(first) or not entries(first, "passages")
        assert 2 <= len(calls) <= MOST_CALLS
        assert all(call.learn for call in calls)
        assert play.shows_fact or (is_refusal(answer.content, language) and not answer.cite)
        if not any(reason in str(first) for reason in FAILURES):
            made = [(call.name, str(call.arguments)) for call in calls]
            assert len(set(made)) == len(made)


def test_letters_are_swapped_in_long_words_only() -> None:
    rng = Random(1)  # noqa: S311

    wrong = misspelt("The sleep ward Riedberg 54", rng)

    assert wrong != "The sleep ward Riedberg 54"
    assert (wrong.split()[0], wrong.split()[-1]) == ("The", "54")
    assert sorted(wrong) == sorted("The sleep ward Riedberg 54")
    assert misspelt("54 12", rng) == "54 12"
