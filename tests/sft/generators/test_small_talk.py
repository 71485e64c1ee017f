"""What needs no tool is answered without one, and rightly."""

import re

import pytest

from mypt.conversation.episode import UserMessage
from mypt.sft.generator import Split
from mypt.sft.generators.small_talk import no_tool
from mypt.sft.generators.tool_workspace import Language
from mypt.sft.phrase_lists import read_table
from tests.sft.generators.tool_plays import LANGUAGES, answer_of, calls_of, plays_of


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("split", ["train", "val"])
def test_there_is_no_call(language: Language, split: Split) -> None:
    plays = plays_of(no_tool, language, split=split)

    assert len(plays) == 40
    assert not any(calls_of(play.messages) for play in plays)
    assert not any("{" in answer_of(play.messages).content for play in plays)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_given_passage_is_cited_and_holds_the_answer(language: Language) -> None:
    given = [
        (message.context[0], play)
        for play in plays_of(no_tool, language)
        for message in play.messages
        if isinstance(message, UserMessage) and message.context
    ]

    assert given
    for passage, play in given:
        assert play.fact.sentence in passage.text
        assert answer_of(play.messages).cite == (passage.id,)


def test_sums_come_out_right() -> None:
    plays = [
        play for seed in range(6) for language in LANGUAGES for play in plays_of(no_tool, language, seed=seed)
    ]
    said = " ".join(answer_of(play.messages).content for play in plays)

    sums = re.findall(r"(\d+) (plus|minus|times|mal) (\d+) (?:is|ist) (\d+)", said)

    assert sums
    for a, sign, b, result in sums:
        value = {"plus": int(a) + int(b), "minus": int(a) - int(b)}.get(sign, int(a) * int(b))
        assert value == int(result)


def test_both_languages_have_as_many_pairs() -> None:
    table = read_table("no_tool")
    assert isinstance(table, dict)

    for split in ("train", "val"):
        pairs = table[split]
        assert isinstance(pairs, dict)
        english, german = pairs["en"], pairs["de"]
        assert isinstance(english, list)
        assert isinstance(german, list)
        assert len(english) == len(german)
