"""Contrasts: a wrong call that is not learned, what came of it, and the right one."""

import pytest

from mypt.conversation.episode import Episode
from mypt.conversation.render import render
from mypt.conversation.special_tokens import Tag, get_special_token_ids
from mypt.sft.generators.tool_contrasts import SCENARIOS, contrastive
from mypt.sft.generators.tool_workspace import Language
from tests.sft.generators.tool_plays import LANGUAGES, TOKENIZER, answer_of, calls_of, plays_of

variants = pytest.mark.parametrize("number", range(len(SCENARIOS)))


@variants
@pytest.mark.parametrize("language", LANGUAGES)
def test_only_the_first_call_is_wrong_and_its_weight_is_zero(language: Language, number: int) -> None:
    plays = plays_of(contrastive, language, number / len(SCENARIOS) + 0.01)

    assert plays
    play = plays[0]
    wrong, right = calls_of(play.messages)
    assert (wrong.learn, right.learn) == (False, True)
    assert (wrong.name, wrong.arguments) != (right.name, right.arguments)
    episode = Episode(messages=tuple(play.messages), language=language, source="tools", phase=5)
    rendered = render(episode, TOKENIZER)
    calls = rendered.ids == get_special_token_ids(TOKENIZER.base_vocab_size)[Tag.TOOLCALL_OPEN.value]
    assert rendered.weights[calls].tolist() == [0.0, 2.0]


@variants
def test_the_correction_is_explained_and_answered(number: int) -> None:
    play = plays_of(contrastive, "en", number / len(SCENARIOS) + 0.01)[0]

    assert calls_of(play.messages)[1].think
    assert answer_of(play.messages).content


def test_there_are_four_scenarios_or_more() -> None:
    assert len(SCENARIOS) >= 4
