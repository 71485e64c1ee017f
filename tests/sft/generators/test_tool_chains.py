"""Chains: each call takes what the one before gave, and none goes beyond five."""

import pytest

from mypt.sft.generators.tool_chains import (
    MOST_CALLS,
    list_then_read,
    search_then_read,
    search_then_summarize,
)
from mypt.sft.generators.tool_patterns import Pattern
from mypt.sft.generators.tool_workspace import Language
from tests.sft.generators.tool_plays import LANGUAGES, answer_of, calls_of, plays_of, results_of

CHAINS: dict[Pattern, list[str]] = {
    search_then_read: ["workspace.search", "workspace.get_doc"],
    list_then_read: ["workspace.list_docs", "workspace.get_doc"],
    search_then_summarize: ["workspace.search", "workspace.summarize"],
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("pattern", CHAINS, ids=["search, read", "list, read", "search, sum up"])
def test_ids_come_from_results_that_were_shown_before(pattern: Pattern, language: Language) -> None:
    plays = plays_of(pattern, language)

    assert plays
    for play in plays:
        calls, results = calls_of(play.messages), results_of(play.messages)
        names = [call.name for call in calls]
        assert list(dict.fromkeys(names)) == CHAINS[pattern]
        assert len(calls) <= MOST_CALLS
        for number, call in enumerate(calls):
            if "doc_id" in call.arguments:
                assert str(call.arguments["doc_id"]) in str([one.content for one in results[:number]])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_read_where_the_user_wants_it_or_the_search_did_not_show_the_answer(
    language: Language,
) -> None:
    asked = plays_of(search_then_read, language, 0.1)

    assert any(play.fact.sentence in str(results_of(play.messages)[0].content) for play in asked)
    for play in plays_of(search_then_read, language):
        first, *_, last = results_of(play.messages)
        assert play.fact.sentence not in str(first.content)
        assert answer_of(play.messages).cite[0] in str(last.content)


def test_reading_goes_on_where_the_page_before_ended() -> None:
    longer = [play for play in plays_of(list_then_read, "en") if play.n_calls > 2]

    assert longer
    for play in longer:
        reads = [call for call in calls_of(play.messages) if call.name == "workspace.get_doc"]
        pages = [call.arguments.get("page", 1) for call in reads]
        assert pages == sorted(pages, key=str)
