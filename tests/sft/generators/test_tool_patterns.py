"""One call: the arguments that the question asks for, and an answer that follows from the result."""

import pytest
from pydantic import JsonValue

from mypt.conversation.episode import UserMessage
from mypt.evaluation.refusals import is_refusal
from mypt.sft.generators.tool_patterns import get_doc, list_docs, no_results, search, summarize
from mypt.sft.generators.tool_play import Play, entries
from mypt.sft.generators.tool_workspace import Language
from tests.sft.generators.tool_plays import LANGUAGES, answer_of, calls_of, plays_of, results_of, workspace_in

in_both = pytest.mark.parametrize("language", LANGUAGES)


def question_of(play: Play) -> str:
    first = play.messages[0]
    assert isinstance(first, UserMessage)
    return first.content


def passages_in(result: JsonValue) -> dict[str, str]:
    return {str(one["id"]): str(one["text"]) for one in entries(result, "passages")}


@in_both
def test_a_search_is_answered_from_the_passage_that_is_cited(language: Language) -> None:
    plays = plays_of(search, language)

    assert len(plays) > 10
    for play in plays:
        ((call,), (result,)) = calls_of(play.messages), results_of(play.messages)
        assert call.name == "workspace.search"
        answer = answer_of(play.messages)
        assert answer.cite
        assert set(answer.cite) <= passages_in(result.content).keys()
        if "top_k" in call.arguments:
            assert str(call.arguments["top_k"]) in question_of(play)
        elif play.template.startswith("search_words"):
            assert str(call.arguments["query"]) in question_of(play)
        else:
            assert str(call.arguments["query"]) not in question_of(play)
            assert play.fact.sentence in passages_in(result.content)[answer.cite[0]]
            assert any(statement in answer.content for statement in play.fact.statements)


@in_both
def test_what_no_document_states_is_refused_and_never_stated(language: Language) -> None:
    workspace = workspace_in(language)
    plays = plays_of(no_results, language)

    assert len(plays) > 20
    known = {fact.topic for fact in workspace.facts}
    for play in plays:
        answer = answer_of(play.messages)
        assert is_refusal(answer.content, language)
        assert answer.cite == ()
        assert not any(topic in answer.content for topic in known)
    found = [bool(passages_in(results_of(play.messages)[0].content)) for play in plays]
    assert any(found)
    assert not all(found)


@in_both
def test_a_list_is_answered_with_its_number_or_its_titles(language: Language) -> None:
    for play in plays_of(list_docs, language):
        (call,), (result,) = calls_of(play.messages), results_of(play.messages)
        content, answer = result.content, answer_of(play.messages)
        assert call.name == "workspace.list_docs"
        assert isinstance(content, dict)
        titles = [str(one["title"]) for one in entries(content, "documents")]
        assert str(content["n_documents"]) in answer.content or all(
            title in answer.content for title in titles
        )
        assert answer.cite == ()


@in_both
def test_a_named_page_is_read_by_the_name_that_was_given(language: Language) -> None:
    plays = plays_of(get_doc, language)

    kinds: set[frozenset[str]] = set()
    for play in plays:
        (call,) = calls_of(play.messages)
        named = str(call.arguments.get("doc_id") or call.arguments.get("title"))
        assert call.name == "workspace.get_doc"
        assert named in question_of(play)
        assert set(answer_of(play.messages).cite) <= passages_in(results_of(play.messages)[0].content).keys()
        kinds.add(frozenset(call.arguments))
    assert len(kinds) == 4


@in_both
def test_a_summary_says_sentences_of_the_result(language: Language) -> None:
    plays = plays_of(summarize, language)

    for play in plays:
        (call,), (result,) = calls_of(play.messages), results_of(play.messages)
        answer = answer_of(play.messages)
        sentences = [str(one["text"]) for one in entries(result.content, "sentences")]
        assert call.name == "workspace.summarize"
        assert any(sentence in answer.content for sentence in sentences)
        assert bool(answer.cite) == ("doc_id" in call.arguments)
    assert {"doc_id", "text"} == {name for play in plays for name in calls_of(play.messages)[0].arguments}
