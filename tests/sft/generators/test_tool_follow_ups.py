"""Second turns: what was said is repeated as it was, what was shown needs no call, ids come from the list."""

import pytest

from mypt.conversation.episode import AssistantMessage
from mypt.sft.generators.small_talk import no_tool
from mypt.sft.generators.tool_follow_ups import follow_up
from mypt.sft.generators.tool_patterns import list_docs, search
from mypt.sft.generators.tool_workspace import Language
from tests.sft.generators.tool_plays import LANGUAGES, answer_of, calls_of, plays_of, results_of


@pytest.mark.parametrize("language", LANGUAGES)
def test_after_a_search_nothing_more_is_called(language: Language) -> None:
    plays = [play for play in plays_of(search, language) if follow_up(play)]

    kinds = set()
    for play in plays:
        first, second = [one for one in play.messages if isinstance(one, AssistantMessage)]
        assert play.n_calls == 1
        assert set(second.cite) <= play.shown().keys()
        if second.content == first.content:
            assert second.cite == first.cite
            kinds.add("repeated")
        elif second.cite:
            assert play.fact.sentence in play.shown()[second.cite[0]]
            kinds.add("shown")
        else:
            kinds.add("thanked")
    assert kinds == {"repeated", "shown", "thanked"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_after_a_list_a_document_of_it_is_read_or_summed_up(language: Language) -> None:
    plays = [play for play in plays_of(list_docs, language) if follow_up(play)]

    assert {calls_of(play.messages)[1].name for play in plays} == {"workspace.get_doc", "workspace.summarize"}
    for play in plays:
        assert str(calls_of(play.messages)[1].arguments["doc_id"]) in str(
            results_of(play.messages)[0].content
        )
        assert answer_of(play.messages).cite


def test_small_talk_is_not_followed_up() -> None:
    plays = plays_of(no_tool, "en")

    assert not any(follow_up(play) for play in plays)
